// turn_test: a turn's input, outputs and saved state are one: what a commit leaves behind.
#include <array>
#include <numeric>

#include "tests/support/segment_fixture.hpp"

namespace buskin::test {
namespace {

using Values = std::vector<std::uint64_t>;

class Turn : public SegmentFixture {
 protected:
  Hand take(LaneReader& reader) {
    EXPECT_TRUE(reader.poll());
    return reader.begin(Phase::Running);
  }

  SavedWord saved_of(ActorId id) { return SavedWord::unpack(segment_.slot(id.index).saved.load_acquire()); }
  std::uint64_t armed() { return thread_->record().journal.armed.load_acquire(); }

  /// One turn of `id` that handles one message and saves `value`.
  void save(ActorId id, std::uint64_t value) {
    ASSERT_EQ(send_value(id, 0), SendStatus::Accepted);
    LaneReader reader(segment_, id.index, Lane::Messages);
    const Hand hand = take(reader);
    commit_turn(*thread_, reader, hand, {}, make(*thread_, value));
  }
};

TEST_F(Turn, WithoutOutputsJustCompletes) {
  const ActorId x = add_actor();
  ASSERT_EQ(send_value(x, 1), SendStatus::Accepted);
  LaneReader reader(segment_, x.index, Lane::Messages);
  const Hand hand = take(reader);
  commit_turn(*thread_, reader, hand, {});
  EXPECT_EQ(reader.done(), hand.seq);
  EXPECT_EQ(own_of(hand.handle).state, BlockState::Free);
}

TEST_F(Turn, PublishesEveryOutputInOrder) {
  for (std::uint64_t count = 0; count <= 20; ++count) {
    const ActorId x = add_actor();
    const ActorId y = add_actor();
    ASSERT_EQ(send_value(x, 0), SendStatus::Accepted);
    LaneReader reader(segment_, x.index, Lane::Messages);
    const Hand hand = take(reader);
    std::vector<Staged> staged;
    Values expected;
    for (std::uint64_t i = 0; i < count; ++i) {
      staged.push_back({EntryKind::Send, Lane::Messages, make(*thread_, i), y});
      expected.push_back(i);
    }
    ASSERT_TRUE(reserve_journal(*thread_, count).ok());
    commit_turn(*thread_, reader, hand, staged);
    EXPECT_EQ(armed(), 0u);
    EXPECT_EQ(thread_->record().journal.overflow.load_relaxed(), 0u);
    EXPECT_EQ(take_all(y), expected);
    EXPECT_EQ(own_of(hand.handle).state, BlockState::Free);
  }
}

TEST_F(Turn, ReservesAJournalOfAThousandEntriesOnce) {
  ASSERT_TRUE(reserve_journal(*thread_, 1'000).ok());
  const std::uint64_t block = thread_->record().journal.overflow.load_relaxed();
  ASSERT_TRUE(reserve_journal(*thread_, 500).ok());
  EXPECT_EQ(thread_->record().journal.overflow.load_relaxed(), block);
  const ActorId x = add_actor();
  const ActorId y = add_actor();
  ASSERT_EQ(send_value(x, 0), SendStatus::Accepted);
  LaneReader reader(segment_, x.index, Lane::Messages);
  const Hand hand = take(reader);
  std::vector<Staged> staged;
  for (std::uint64_t i = 0; i < 1'000; ++i) staged.push_back({EntryKind::Send, Lane::Messages, make(*thread_, i), y});
  commit_turn(*thread_, reader, hand, staged);
  EXPECT_EQ(take_all(y).size(), 1'000u);
}

TEST_F(Turn, IgnoresTheCapacityOfATargetThatWasAdmittedTo) {
  const ActorId x = add_actor();
  const ActorId y = add_actor(1);
  ASSERT_EQ(send_value(x, 0), SendStatus::Accepted);
  EXPECT_TRUE(has_room(segment_, y));
  ASSERT_EQ(send_value(y, 1), SendStatus::Accepted);
  EXPECT_FALSE(has_room(segment_, y));
  LaneReader reader(segment_, x.index, Lane::Messages);
  const Hand hand = take(reader);
  const std::array<Staged, 1> staged{{{EntryKind::Send, Lane::Messages, make(*thread_, 2), y}}};
  commit_turn(*thread_, reader, hand, staged);
  EXPECT_EQ(take_all(y), (Values{1, 2}));
}

TEST_F(Turn, ForwardsItsInputWithoutCopying) {
  const ActorId x = add_actor();
  const ActorId y = add_actor();
  ASSERT_EQ(send_value(x, 5), SendStatus::Accepted);
  LaneReader reader(segment_, x.index, Lane::Messages);
  const Hand hand = take(reader);
  const std::uint64_t gen = own_of(hand.handle).gen;
  const std::array<Staged, 1> staged{{{EntryKind::Send, Lane::Messages, hand.handle, y}}};
  commit_turn(*thread_, reader, hand, staged);
  EXPECT_EQ(own_of(hand.handle).pack(), OwnerWord::queued(y.index, Lane::Messages, gen + 1).pack());
  EXPECT_EQ(take_all(y), Values{5});
}

TEST_F(Turn, ForwardsToAndFroInOrder) {
  const ActorId x = add_actor();
  const ActorId y = add_actor();
  for (std::uint64_t i = 0; i < 3; ++i) ASSERT_EQ(send_value(x, i), SendStatus::Accepted);
  LaneReader from_x(segment_, x.index, Lane::Messages);
  LaneReader from_y(segment_, y.index, Lane::Messages);
  const auto forward = [&](LaneReader& reader, ActorId to) {
    const Hand hand = take(reader);
    const std::array<Staged, 1> staged{{{EntryKind::Send, Lane::Messages, hand.handle, to}}};
    commit_turn(*thread_, reader, hand, staged);
  };
  for (int i = 0; i < 3; ++i) forward(from_x, y);
  for (int i = 0; i < 3; ++i) forward(from_y, x);
  EXPECT_EQ(take_all(from_x), (Values{0, 1, 2}));
}

TEST_F(Turn, ForwardsAfterWhatWasStagedBefore) {
  const ActorId x = add_actor();
  const ActorId y = add_actor();
  ASSERT_EQ(send_value(x, 2), SendStatus::Accepted);
  LaneReader reader(segment_, x.index, Lane::Messages);
  const Hand hand = take(reader);
  const std::array<Staged, 3> staged{{{EntryKind::Send, Lane::Messages, make(*thread_, 1), y},
                                      {EntryKind::Send, Lane::Messages, hand.handle, y},
                                      {EntryKind::Send, Lane::Messages, make(*thread_, 3), y}}};
  commit_turn(*thread_, reader, hand, staged);
  EXPECT_EQ(take_all(y), (Values{1, 2, 3}));
}

TEST_F(Turn, SavesAStateUnderAGrowingVersionAndFreesTheOldOne) {
  const ActorId x = add_actor();
  save(x, 100);
  const SavedWord first = saved_of(x);
  EXPECT_EQ(first.version, 1u);
  EXPECT_EQ(own_of(first.handle).state, BlockState::Saved);
  EXPECT_EQ(value_of(first.handle), 100u);
  save(x, 200);
  const SavedWord second = saved_of(x);
  EXPECT_EQ(second.version, 2u);
  EXPECT_EQ(value_of(second.handle), 200u);
  EXPECT_NE(own_of(first.handle).state, BlockState::Saved);
  EXPECT_EQ(armed(), 0u);
}

TEST_F(Turn, SavesPublishesAndForwardsAsOne) {
  const ActorId x = add_actor();
  const ActorId y = add_actor();
  save(x, 100);
  ASSERT_EQ(send_value(x, 2), SendStatus::Accepted);
  LaneReader reader(segment_, x.index, Lane::Messages);
  const Hand hand = take(reader);
  std::vector<Staged> staged;
  for (std::uint64_t i = 0; i < 10; ++i) staged.push_back({EntryKind::Send, Lane::Messages, make(*thread_, i), y});
  staged.push_back({EntryKind::Send, Lane::Messages, hand.handle, y});
  ASSERT_TRUE(reserve_journal(*thread_, staged.size() + 1).ok());
  commit_turn(*thread_, reader, hand, staged, make(*thread_, 300));
  EXPECT_EQ(value_of(saved_of(x).handle), 300u);
  EXPECT_EQ(reader.done(), hand.seq);
  EXPECT_EQ(take_all(y), (Values{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 2}));
}

TEST_F(Turn, CommitsByTheArmedJournalAtMostOnce) {
  const ActorId x = add_actor();
  const ActorId y = add_actor();
  ASSERT_EQ(send_value(x, 0), SendStatus::Accepted);
  LaneReader reader(segment_, x.index, Lane::Messages);
  const Hand hand = take(reader);
  reader.store_done(hand);
  const std::array<Staged, 1> staged{{{EntryKind::Send, Lane::Messages, hand.handle, y}}};
  commit_turn(*thread_, reader, hand, staged);
  reader.store_handled(*thread_, hand);
  EXPECT_EQ(take_all(y), Values{0});
}

TEST_F(Turn, CountsAndFreesWhatHasNoTargetAnyMore) {
  const ActorId x = add_actor();
  const ActorId gone = add_actor();
  ASSERT_TRUE(begin_close(*thread_, gone));
  ASSERT_EQ(send_value(x, 0), SendStatus::Accepted);
  LaneReader reader(segment_, x.index, Lane::Messages);
  const Hand hand = take(reader);
  const std::array<Staged, 2> staged{{{EntryKind::Send, Lane::Messages, make(*thread_, 1), gone},
                                      {EntryKind::Send, Lane::Messages, hand.handle, gone}}};
  commit_turn(*thread_, reader, hand, staged);
  EXPECT_EQ(counted(*thread_, Counter::DeadGone), 2u);
  ASSERT_EQ(thread_->undelivered.size(), 2u);
  for (const Undelivered& lost : thread_->undelivered) EXPECT_EQ(lost.receiver, gone);
  end_actor(gone);
}

TEST_F(Turn, PublishesABlockHeldByAnotherThreadOfTheProcess) {
  const ActorId x = add_actor();
  const ActorId y = add_actor();
  Thread& other = add_thread();
  ASSERT_EQ(send_value(x, 0), SendStatus::Accepted);
  LaneReader reader(segment_, x.index, Lane::Messages);
  const Hand hand = take(reader);
  const std::array<Staged, 1> staged{{{EntryKind::Send, Lane::Messages, make(other, 9), y}}};
  commit_turn(*thread_, reader, hand, staged);
  EXPECT_EQ(take_all(y), Values{9});
}

}  // namespace
}  // namespace buskin::test
