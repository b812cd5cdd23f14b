// lane_reader_test: what a receiver is promised: every message, in order, and its hand as the record of it.
#include <numeric>
#include <thread>

#include "tests/support/segment_fixture.hpp"

namespace buskin::test {
namespace {

class Receive : public SegmentFixture {
 protected:
  LaneRecord& lane(ActorId id) { return segment_.mailbox(id.index).lanes[static_cast<std::size_t>(Lane::Messages)]; }
  HandWord meta(ActorId id) { return HandWord::unpack(lane(id).hand_meta.load_acquire()); }
  std::uint64_t done(ActorId id) { return lane(id).done.load_acquire(); }

  /// Puts an empty lane at another position, as so many messages would.
  void move_to(ActorId id, std::uint64_t position) {
    lane(id).done.store_release(position);
    const HeadWord head{static_cast<std::uint32_t>(position & kSeqMask), false, Handle::None};
    segment_.mailbox(id.index).in[2].store_release(head.pack());
  }
};

using Values = std::vector<std::uint64_t>;

TEST_F(Receive, FindsNothingInAFreshMailbox) {
  LaneReader reader(segment_, add_actor().index, Lane::Messages);
  EXPECT_FALSE(reader.poll());
  EXPECT_EQ(reader.fetched_count(), 0u);
}

TEST_F(Receive, HasTheMessageInHandBeforeTheHandlerAndDoneAfterIt) {
  const ActorId id = add_actor();
  ASSERT_EQ(send_value(id, 7), SendStatus::Accepted);
  LaneReader reader(segment_, id.index, Lane::Messages);
  const std::uint64_t before = done(id);
  ASSERT_TRUE(reader.poll());
  const Hand hand = reader.begin(Phase::Running);
  EXPECT_EQ(hand.seq, before + 1);
  EXPECT_EQ(meta(id).seq, hand.seq);
  EXPECT_EQ(meta(id).phase, Phase::Running);
  EXPECT_EQ(lane(id).hand_handle.load_acquire(), to_bits(hand.handle));
  EXPECT_EQ(lane(id).hand_own.load_acquire(), own_of(hand.handle).pack());
  EXPECT_EQ(done(id), before);
  EXPECT_FALSE(hand.redelivered);
  reader.complete(*thread_, hand);
  EXPECT_EQ(done(id), before + 1);
  EXPECT_EQ(own_of(hand.handle).state, BlockState::Free);
}

TEST_F(Receive, SeesWhatComesWhileABatchIsHandled) {
  const ActorId id = add_actor();
  ASSERT_EQ(send_value(id, 0), SendStatus::Accepted);
  LaneReader reader(segment_, id.index, Lane::Messages);
  ASSERT_TRUE(reader.poll());
  ASSERT_EQ(send_value(id, 1), SendStatus::Accepted);
  EXPECT_EQ(reader.fetched_count(), 1u);
  EXPECT_EQ(take_all(reader), (Values{0, 1}));
}

TEST_F(Receive, GoesOnWhereThePositionsWrapRound) {
  const ActorId id = add_actor();
  move_to(id, (std::uint64_t{5} << 28) - 3);
  LaneReader reader(segment_, id.index, Lane::Messages);
  for (std::uint64_t i = 0; i < 10; ++i) ASSERT_EQ(send_value(id, i), SendStatus::Accepted);
  EXPECT_EQ(take_all(reader), (Values{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}));
  EXPECT_EQ(done(id), (std::uint64_t{5} << 28) + 7);
}

TEST_F(Receive, StartsAnEpochWhenDonePassesItsBoundary) {
  const ActorId id = add_actor();
  move_to(id, kEpochLength - 2);
  LaneReader reader(segment_, id.index, Lane::Messages);
  const std::uint32_t before = segment_.mailbox(id.index).epoch.load_acquire();
  for (std::uint64_t i = 0; i < 4; ++i) ASSERT_EQ(send_value(id, i), SendStatus::Accepted);
  EXPECT_EQ(take_all(reader).size(), 4u);
  EXPECT_EQ(segment_.mailbox(id.index).epoch.load_acquire(), before + 1);
}

TEST_F(Receive, WalksABacklogLongerThanAFetchInOrder) {
  constexpr std::uint64_t kCount = 3 * kFetchMax + 1'234;
  const ActorId id = add_actor(kCount + 10);
  for (std::uint64_t i = 0; i < kCount; ++i) ASSERT_EQ(send_value(id, i), SendStatus::Accepted);
  LaneReader reader(segment_, id.index, Lane::Messages);
  ASSERT_TRUE(reader.poll());
  EXPECT_EQ(reader.fetched_count(), kFetchMax);
  ASSERT_EQ(send_value(id, kCount), SendStatus::Accepted);  // While the long backlog is being worked off.
  Values expected(kCount + 1);
  std::iota(expected.begin(), expected.end(), 0u);
  EXPECT_EQ(take_all(reader), expected);
}

TEST_F(Receive, TakesABacklogOfExactlyOneFetch) {
  const ActorId id = add_actor(2 * kFetchMax);
  for (std::uint64_t i = 0; i < kFetchMax; ++i) ASSERT_EQ(send_value(id, i), SendStatus::Accepted);
  EXPECT_EQ(take_all(id).size(), kFetchMax);
}

TEST_F(Receive, KeepsABlockBeyondItsTurn) {
  const ActorId id = add_actor();
  ASSERT_EQ(send_value(id, 7), SendStatus::Accepted);
  LaneReader reader(segment_, id.index, Lane::Messages);
  ASSERT_TRUE(reader.poll());
  const Hand hand = reader.begin(Phase::Running);
  const std::uint64_t gen = own_of(hand.handle).gen;
  reader.complete_kept(*thread_, hand);
  EXPECT_EQ(own_of(hand.handle).pack(), OwnerWord::held(thread_->index(), gen + 1).pack());
  EXPECT_NE(WhatWord::unpack(segment_.block(hand.handle).what.load_relaxed()).flags & BlockFlag::kKept, 0);
  EXPECT_EQ(value_of(hand.handle), 7u);
  EXPECT_FALSE(reader.poll());
  drop(*thread_, hand.handle);
}

TEST_F(Receive, ServesWhatWasInHandBeforeItWalksTheChain) {
  const ActorId id = add_actor();
  for (std::uint64_t i = 0; i < 3; ++i) ASSERT_EQ(send_value(id, i), SendStatus::Accepted);
  LaneReader dead(segment_, id.index, Lane::Messages);
  ASSERT_TRUE(dead.poll());
  (void)dead.begin(Phase::Running);
  LaneReader reader(segment_, id.index, Lane::Messages);
  ASSERT_TRUE(reader.poll());
  EXPECT_EQ(reader.fetched_count(), 1u);
  EXPECT_EQ(take_all(reader), (Values{0, 1, 2}));
}

TEST_F(Receive, DoesNotTakeTheFormerMessageForTheOneInHand) {
  const ActorId id = add_actor();
  for (std::uint64_t i = 0; i < 3; ++i) ASSERT_EQ(send_value(id, i), SendStatus::Accepted);
  LaneReader dead(segment_, id.index, Lane::Messages);
  ASSERT_TRUE(dead.poll());
  dead.complete(*thread_, dead.begin(Phase::Running));
  // As a death after the first of the three words leaves it: handle and owner word are of message 0.
  const HandWord meta{done(id) + 1, Phase::Charged, 0, 1};
  segment_.mailbox(id.index).lanes[2].hand_meta.store_release(meta.pack());
  LaneReader reader(segment_, id.index, Lane::Messages);
  ASSERT_TRUE(reader.poll());
  const Hand hand = reader.begin(Phase::Running);
  EXPECT_EQ(value_of(hand.handle), 1u);
  EXPECT_EQ(hand.kills, 1u);
  reader.complete(*thread_, hand);
  EXPECT_EQ(take_all(reader), Values{2});
}

TEST_F(Receive, TellsANewReaderWhatWasInHand) {
  const ActorId id = add_actor();
  ASSERT_EQ(send_value(id, 1), SendStatus::Accepted);
  ASSERT_EQ(send_value(id, 2), SendStatus::Accepted);
  {
    LaneReader dead(segment_, id.index, Lane::Messages);
    ASSERT_TRUE(dead.poll());
    dead.begin(Phase::Running);
  }
  LaneReader reader(segment_, id.index, Lane::Messages);
  ASSERT_TRUE(reader.poll());
  const Hand again = reader.begin(Phase::Running);
  EXPECT_TRUE(again.redelivered);
  EXPECT_EQ(value_of(again.handle), 1u);
  reader.complete(*thread_, again);
  ASSERT_TRUE(reader.poll());
  const Hand next = reader.begin(Phase::Running);
  EXPECT_FALSE(next.redelivered);
  reader.complete(*thread_, next);
}

TEST_F(Receive, ChargesAFailedDeliveryOnceAndKeepsTheCount) {
  const ActorId id = add_actor();
  ASSERT_EQ(send_value(id, 1), SendStatus::Accepted);
  LaneReader reader(segment_, id.index, Lane::Messages);
  ASSERT_TRUE(reader.poll());
  const Hand first = reader.begin(Phase::Running);
  EXPECT_EQ(reader.charge(first).attempts, 1);
  EXPECT_EQ(meta(id).phase, Phase::Charged);
  EXPECT_EQ(meta(id).attempts, 1);
  const Hand second = reader.begin_again();
  EXPECT_EQ(second.attempts, 1);
  EXPECT_EQ(second.handle, first.handle);
  EXPECT_TRUE(second.redelivered);
  EXPECT_EQ(meta(id).phase, Phase::Running);
  // The count also outlives the reader.
  LaneReader successor(segment_, id.index, Lane::Messages);
  ASSERT_TRUE(successor.poll());
  const Hand third = successor.begin(Phase::Running);
  EXPECT_EQ(third.attempts, 1);
  successor.complete(*thread_, third);
}

TEST_F(Receive, PutsOffAMessageWithoutACharge) {
  const ActorId id = add_actor();
  ASSERT_EQ(send_value(id, 1), SendStatus::Accepted);
  LaneReader reader(segment_, id.index, Lane::Messages);
  reader.put_off();
  EXPECT_EQ(meta(id).phase, Phase::None) << "nothing is in hand";
  ASSERT_TRUE(reader.poll());
  const Hand first = reader.begin(Phase::Running);
  reader.put_off();
  EXPECT_EQ(meta(id).phase, Phase::Charged) << "a death from here on is not its fault";
  EXPECT_EQ(meta(id).attempts, 0);
  reader = LaneReader(segment_, id.index, Lane::Messages);
  ASSERT_TRUE(reader.poll());
  const Hand second = reader.begin(Phase::Running);
  EXPECT_EQ(second.handle, first.handle);
  EXPECT_EQ(second.attempts, 0);
  EXPECT_TRUE(second.redelivered);
  reader.complete(*thread_, second);
  reader.put_off();
  EXPECT_EQ(meta(id).phase, Phase::Running) << "it is done";
}

TEST_F(Receive, StartsTheCountsAnewWithTheNextMessage) {
  const ActorId id = add_actor();
  ASSERT_EQ(send_value(id, 1), SendStatus::Accepted);
  ASSERT_EQ(send_value(id, 2), SendStatus::Accepted);
  LaneReader reader(segment_, id.index, Lane::Messages);
  ASSERT_TRUE(reader.poll());
  const Hand first = reader.charge(reader.begin(Phase::Running));
  reader.complete(*thread_, first);
  const Hand second = reader.begin(Phase::Running);
  EXPECT_EQ(second.attempts, 0);
  reader.complete(*thread_, second);
}

TEST_F(Receive, StoresDoneBeforeTheHandlerAtMostOnce) {
  const ActorId id = add_actor();
  ASSERT_EQ(send_value(id, 7), SendStatus::Accepted);
  LaneReader reader(segment_, id.index, Lane::Messages);
  ASSERT_TRUE(reader.poll());
  const Hand hand = reader.begin(Phase::Running);
  reader.store_done(hand);
  // What a repairer finds when the handler dies: position completed, Running, and the block unmoved.
  EXPECT_EQ(done(id), hand.seq);
  EXPECT_EQ(meta(id).seq, hand.seq);
  EXPECT_EQ(meta(id).phase, Phase::Running);
  EXPECT_EQ(own_of(hand.handle).pack(), hand.own);
  EXPECT_EQ(value_of(hand.handle), 7u);
  reader.store_handled(*thread_, hand);
  EXPECT_EQ(meta(id).phase, Phase::Handled);
  EXPECT_EQ(own_of(hand.handle).state, BlockState::Free);
  EXPECT_FALSE(LaneReader(segment_, id.index, Lane::Messages).poll());
}

TEST_F(Receive, StopsAtAChainThatDoesNotGoDownByOne) {
  const ActorId id = add_actor();
  for (std::uint64_t i = 0; i < 3; ++i) ASSERT_EQ(send_value(id, i), SendStatus::Accepted);
  const HeadWord head = HeadWord::unpack(segment_.mailbox(id.index).in[2].load_acquire());
  Atomic<std::uint64_t>& next = segment_.block(head.handle).next;
  const std::uint64_t right = next.load_relaxed();
  next.store_relaxed(kNil);
  // Run again in the child: a forked one does not have the mapping.
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(LaneReader(segment_, id.index, Lane::Messages).poll(), "CHECK failed");
  next.store_relaxed(right);
}

TEST_F(Receive, LosesNothingOfManySenders) {
  constexpr std::uint64_t kPerSender = 30'000;
  constexpr std::size_t kSenders = 3;
  const ActorId id = add_actor(65'536);
  std::vector<Thread*> records;
  for (std::size_t s = 0; s < kSenders; ++s) records.push_back(&add_thread());
  std::vector<std::thread> senders;
  for (std::size_t s = 0; s < kSenders; ++s) {
    senders.emplace_back([&, s] {
      for (std::uint64_t i = 0; i < kPerSender; ++i) {
        const Handle handle = make(*records[s], s << 32 | i);
        while (send(*records[s], {id}, handle) != SendStatus::Accepted) std::this_thread::yield();
      }
    });
  }
  LaneReader reader(segment_, id.index, Lane::Messages);
  std::vector<std::uint64_t> next(kSenders);
  for (std::uint64_t left = kSenders * kPerSender; left > 0;) {
    if (!reader.poll()) {
      std::this_thread::yield();
      continue;
    }
    const Hand hand = reader.begin(Phase::Running);
    const std::uint64_t value = value_of(hand.handle);
    ASSERT_EQ(value & 0xffff'ffff, next[value >> 32]++);
    reader.complete(*thread_, hand);
    --left;
  }
  for (std::thread& sender : senders) sender.join();
}

}  // namespace
}  // namespace buskin::test
