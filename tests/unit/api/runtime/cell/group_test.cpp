// group_test: messages of a group commit together, in order, or none of them does.
#include "api/runtime/cell/group.hpp"

#include <optional>

#include "tests/support/segment_fixture.hpp"

namespace buskin::test {
namespace {

constexpr std::uint32_t kMany = 1'000;

class GroupOfMessages : public SegmentFixture {
 protected:
  void SetUp() override {
    SegmentFixture::SetUp();
    actor_ = add_active_actor(8);
    target_ = add_actor(4);
    reader_.emplace(segment_, actor_.index, Lane::Messages);
  }

  /// A message that was handled joins; `value` is what it has sent.
  void add(std::uint64_t value, Counter fate = Counter::Handled) {
    ASSERT_EQ(send_value(actor_, 0), SendStatus::Accepted);
    ASSERT_TRUE(reader_->poll());
    if (!group_.is_open()) group_.begin(100, 5'000);
    runtime::TurnOutput output;
    output.stage({EntryKind::Send, Lane::Messages, make(*thread_, value), target_});
    group_.add(*thread_, reader_->begin(Phase::Running), fate, output);
  }

  bool is_full(std::uint32_t messages_max = kMany) const { return group_.is_full(segment_, actor_, messages_max); }

  using Values = std::vector<std::uint64_t>;
  ActorId actor_;
  ActorId target_;
  std::optional<LaneReader> reader_;
  runtime::Group group_;
};

TEST_F(GroupOfMessages, TakesMessagesThatAreBegunForTheFirstTime) {
  const buskin::Group limits{.messages = 10};
  EXPECT_TRUE(runtime::Group::takes(limits, Lane::Messages, {}));
  EXPECT_FALSE(runtime::Group::takes(limits, Lane::Replies, {}));
  EXPECT_FALSE(runtime::Group::takes(limits, Lane::Messages, {.attempts = 1}));
  EXPECT_FALSE(runtime::Group::takes(limits, Lane::Messages, {.redelivered = true}));
  EXPECT_FALSE(runtime::Group::takes({.messages = 1}, Lane::Messages, {}));
}

TEST_F(GroupOfMessages, CommitsAllOfThemInOrder) {
  const std::uint64_t done = reader_->done();
  add(7);
  add(8);
  EXPECT_TRUE(take_all(target_).empty());
  group_.commit(*thread_, *reader_);
  EXPECT_FALSE(group_.is_open());
  EXPECT_EQ(take_all(target_), (Values{7, 8}));
  EXPECT_EQ(reader_->done(), done + 2);
  EXPECT_EQ(thread_->record().counting.load_relaxed(), 0u);
}

TEST_F(GroupOfMessages, CountsEachOfThemByItsFate) {
  add(7);
  add(8, Counter::Poison);
  add(9);
  group_.commit(*thread_, *reader_);
  EXPECT_EQ(counted(*thread_, Counter::Handled), 2u);
  EXPECT_EQ(counted(*thread_, Counter::Poison), 1u);
  (void)take_all(target_);
}

TEST_F(GroupOfMessages, IsFullAtItsNumberOfMessages) {
  add(7);
  EXPECT_FALSE(is_full(2));
  add(8);
  EXPECT_TRUE(is_full(2));
  group_.commit(*thread_, *reader_);
}

TEST_F(GroupOfMessages, IsFullAtHalfTheCapacityOfItsMailbox) {
  for (const std::uint64_t value : {1u, 2u, 3u}) add(value);
  EXPECT_FALSE(is_full());
  add(4);
  EXPECT_TRUE(is_full());
  group_.commit(*thread_, *reader_);
  (void)take_all(target_);
}

TEST_F(GroupOfMessages, IsFullWhenAReceiverHasNoMoreRoomThanItNeeds) {
  const Staged staged{EntryKind::Send, Lane::Messages, Handle::None, target_};
  runtime::TurnOutput beside;
  add(7);
  for (int i = 0; i < 2; ++i) beside.stage(staged);
  group_.note_staged(segment_, staged, Admission::Bounded, beside);
  EXPECT_FALSE(is_full());
  beside.stage(staged);
  group_.note_staged(segment_, staged, Admission::Exempt, beside);
  EXPECT_FALSE(is_full()) << "a notice needs no room";
  group_.note_staged(segment_, staged, Admission::Bounded, beside);
  EXPECT_TRUE(is_full());
  group_.commit(*thread_, *reader_);
  EXPECT_FALSE(is_full()) << "the next one begins empty";
}

TEST_F(GroupOfMessages, IsFullWhenItHasTakenBytesOfAReceiver) {
  SlotSpec spec;
  spec.mailbox.bytes_max = 1'000;
  const ActorId limited = reserve_actor(*thread_, spec).value();
  add(7);
  runtime::TurnOutput output;
  Staged staged{EntryKind::Send, Lane::Messages, make(*thread_, 8), limited};
  ASSERT_TRUE(take_room(segment_, staged));
  group_.note_staged(segment_, staged, Admission::Bounded, output);
  EXPECT_TRUE(is_full()) << "the next turn must not wait for them";
  output.stage(staged);
  group_.add_saved(*thread_, output);
  group_.commit(*thread_, *reader_);
  (void)take_all(limited);
}

TEST_F(GroupOfMessages, SavesWhatItsActorWasAskedForAtTheEnd) {
  add(7);
  runtime::TurnOutput saved;
  const Handle state = make(*thread_, 9);
  saved.save(*thread_, state);
  group_.add_saved(*thread_, saved);
  group_.commit(*thread_, *reader_);
  EXPECT_EQ(SavedWord::unpack(segment_.slot(actor_.index).saved.load_acquire()).handle, state);
}

TEST_F(GroupOfMessages, LeavesNothingWhenItIsForgotten) {
  const std::uint64_t done = reader_->done();
  add(7);
  add(8);
  const auto forgotten = group_.forget(*thread_);
  EXPECT_EQ(forgotten.first_id, 100u);
  EXPECT_FALSE(group_.is_open());
  EXPECT_EQ(reader_->done(), done);
  EXPECT_TRUE(take_all(target_).empty());
  LaneReader again(segment_, actor_.index, Lane::Messages);
  EXPECT_EQ(take_all(again).size(), 2u) << "its messages are still there";
}

TEST_F(GroupOfMessages, RefusesAMessageThatDoesNotFollow) {
  add(7);
  runtime::TurnOutput output;
  EXPECT_DEATH(group_.add(*thread_, {.seq = 5}, Counter::Handled, output), "last_");
  group_.commit(*thread_, *reader_);
}

}  // namespace
}  // namespace buskin::test
