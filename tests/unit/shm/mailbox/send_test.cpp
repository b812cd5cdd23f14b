// send_test: what a sender is promised: order, an exact bound, and its block back when refused.
#include <array>
#include <atomic>
#include <numeric>
#include <thread>

#include "shm/mailbox/room_waiter.hpp"
#include "tests/support/segment_fixture.hpp"

namespace buskin::test {
namespace {

using Send = SegmentFixture;
using Values = std::vector<std::uint64_t>;

TEST_F(Send, KeepsTheOrderOfOneSender) {
  const ActorId id = add_actor();
  for (std::uint64_t i = 0; i < 1'000; ++i) ASSERT_EQ(send_value(id, i), SendStatus::Accepted);
  Values expected(1'000);
  std::iota(expected.begin(), expected.end(), 0u);
  EXPECT_EQ(take_all(id), expected);
}

TEST_F(Send, KeepsTheLanesApart) {
  const ActorId id = add_actor();
  for (const Lane lane : {Lane::Messages, Lane::Replies, Lane::Control}) {
    ASSERT_EQ(send_value(id, static_cast<std::uint64_t>(lane), lane), SendStatus::Accepted);
  }
  EXPECT_EQ(take_all(id, Lane::Control), Values{0});
  EXPECT_EQ(take_all(id, Lane::Replies), Values{1});
  EXPECT_EQ(take_all(id, Lane::Messages), Values{2});
}

TEST_F(Send, RefusesTheFirstMessageBeyondTheCapacity) {
  const ActorId id = add_actor(3);
  for (std::uint64_t i = 0; i < 3; ++i) ASSERT_EQ(send_value(id, i), SendStatus::Accepted);
  EXPECT_EQ(send_value(id, 3), SendStatus::Full);
  EXPECT_EQ(pending_count(segment_, id.index, Lane::Messages), 3u);
  EXPECT_EQ(take_all(id).size(), 3u);
  EXPECT_EQ(send_value(id, 4), SendStatus::Accepted);
}

TEST_F(Send, TakesRepliesAndExemptMessagesBeyondTheCapacity) {
  const ActorId id = add_actor(1);
  ASSERT_EQ(send_value(id, 0), SendStatus::Accepted);
  EXPECT_EQ(send(*thread_, {id, Lane::Messages, Admission::Exempt}, make(*thread_, 1)), SendStatus::Accepted);
  for (std::uint64_t i = 0; i < 5; ++i) EXPECT_EQ(send_value(id, i, Lane::Replies), SendStatus::Accepted);
}

TEST_F(Send, BoundsTheControlLane) {
  const ActorId id = add_actor(1);
  for (std::uint64_t i = 0; i < kControlMax; ++i) ASSERT_EQ(send_value(id, i, Lane::Control), SendStatus::Accepted);
  EXPECT_EQ(send_value(id, 0, Lane::Control), SendStatus::Full);
}

TEST_F(Send, GivesARefusedBlockBackInANewGeneration) {
  const ActorId id = add_actor(1);
  ASSERT_EQ(send_value(id, 0), SendStatus::Accepted);
  const Handle handle = make(*thread_, 1);
  const OwnerWord before = own_of(handle);
  EXPECT_EQ(send(*thread_, {id}, handle), SendStatus::Full);
  EXPECT_EQ(own_of(handle).pack(), OwnerWord::held(thread_->index(), before.gen + 1).pack());
  EXPECT_EQ(thread_->record().op_own.load_relaxed(), 0u);
  thread_->heap().free(handle);
}

TEST_F(Send, SaysGoneOfAClosedMailboxAndGivesTheBlockBack) {
  const ActorId id = add_actor();
  ASSERT_TRUE(begin_close(*thread_, id));
  const Handle handle = make(*thread_, 1);
  EXPECT_EQ(send(*thread_, {id}, handle), SendStatus::Gone);
  EXPECT_EQ(own_of(handle).state, BlockState::Held);
  thread_->heap().free(handle);
  end_actor(id);
}

TEST_F(Send, LeavesTheRecordBehindThatCoversTheKick) {
  const ActorId id = add_actor();
  const Handle handle = make(*thread_, 1);
  ASSERT_EQ(send(*thread_, {id}, handle), SendStatus::Accepted);
  EXPECT_EQ(thread_->record().op_handle.load_relaxed(), to_bits(handle));
  EXPECT_EQ(thread_->record().op_own.load_relaxed(), own_of(handle).pack());
}

TEST_F(Send, RefusesTheOldAddressOfARecycledSlot) {
  const ActorId old = add_actor();
  end_actor(old);
  ActorId id = add_actor();
  while (id.index != old.index) id = add_actor();
  EXPECT_EQ(id.gen, old.gen + 1);
  EXPECT_EQ(send_value(old, 1), SendStatus::Gone);
  EXPECT_EQ(send_value(id, 2), SendStatus::Accepted);
  EXPECT_EQ(take_all(id), Values{2});
}

TEST_F(Send, DoesNotTrustACopyOfDoneFromAnotherEpoch) {
  // The sender's copy says 0; the lane has since moved by more than half the circle, so that by the copy the
  // full lane would look empty.
  const ActorId id = add_actor(2);
  ASSERT_EQ(send_value(id, 0), SendStatus::Accepted);
  ASSERT_EQ(take_all(id).size(), 1u);
  Mailbox& mailbox = segment_.mailbox(id.index);
  const std::uint64_t done = (std::uint64_t{1} << 27) + 5;
  mailbox.lanes[2].done.store_release(done);
  mailbox.in[2].store_release(HeadWord{static_cast<std::uint32_t>(done), false, Handle::None}.pack());
  mailbox.epoch.add_seq_cst(2);
  EXPECT_EQ(send_value(id, 1), SendStatus::Accepted);
  EXPECT_EQ(send_value(id, 2), SendStatus::Accepted);
  EXPECT_EQ(send_value(id, 3), SendStatus::Full);
  EXPECT_EQ(take_all(id), (Values{1, 2}));
}

TEST_F(Send, StaysWithinTheBoundUnderContention) {
  constexpr std::uint64_t kPerSender = 20'000;
  constexpr std::size_t kSenders = 4;
  const ActorId id = add_actor(2);
  std::array<Thread*, kSenders> records{};
  for (Thread*& record : records) record = &add_thread();
  std::vector<std::thread> senders;
  for (std::size_t s = 0; s < kSenders; ++s) {
    senders.emplace_back([&, s] {
      Handle handle = Handle::None;
      for (std::uint64_t i = 0; i < kPerSender;) {
        if (handle == Handle::None) handle = make(*records[s], s << 32 | i);
        if (send(*records[s], {id}, handle) == SendStatus::Accepted) {
          handle = Handle::None;
          ++i;
        } else {
          std::this_thread::yield();
        }
      }
    });
  }
  LaneReader reader(segment_, id.index, Lane::Messages);
  std::array<std::uint64_t, kSenders> next{};
  for (std::uint64_t left = kSenders * kPerSender; left > 0;) {
    if (!reader.poll()) {
      std::this_thread::yield();
      continue;
    }
    ASSERT_LE(pending_count(segment_, id.index, Lane::Messages), 2u);
    const Hand hand = reader.begin(Phase::Running);
    const std::uint64_t value = value_of(hand.handle);
    ASSERT_EQ(value & 0xffff'ffff, next[value >> 32]++);
    reader.complete(*thread_, hand);
    --left;
  }
  for (std::thread& sender : senders) sender.join();
}

class Room : public SegmentFixture {
 protected:
  static std::uint64_t soon() { return now_ns() + 50'000'000; }
  static std::uint64_t late() { return now_ns() + 20'000'000'000; }
  static RoomWait wait_for_room(Thread& thread, const RoomNeed& need, ActorId waiter, std::uint64_t deadline_ns) {
    return RoomWaiter(thread, waiter, need).wait(deadline_ns);
  }
  /// A mailbox with room for `bytes_max`, in which so many messages of eight bytes lie.
  ActorId add_limited(std::uint64_t bytes_max, std::uint64_t messages) {
    SlotSpec spec;
    spec.mailbox.bytes_max = bytes_max;
    const ActorId id = reserve_actor(*thread_, spec).value();
    for (std::uint64_t i = 0; i < messages; ++i) EXPECT_EQ(send_value(id, i), SendStatus::Accepted);
    return id;
  }
  /// A thread sends so many messages of 8 bytes, waiting for room, and this one takes them in their order.
  void expect_all_to_arrive(const RoomNeed& need, std::uint64_t count) {
    const ActorId id = need.target;
    Thread& record = add_thread();
    std::thread sender([&] {
      for (std::uint64_t i = 0; i < count; ++i) {
        const Handle handle = make(record, i);
        while (send(record, {id}, handle) == SendStatus::Full) {
          ASSERT_EQ(wait_for_room(record, need, {}, late()), RoomWait::Retry);
        }
      }
    });
    LaneReader reader(segment_, id.index, Lane::Messages);
    for (std::uint64_t i = 0; i < count;) {
      if (!reader.poll()) {
        std::this_thread::yield();
        continue;
      }
      const Hand hand = reader.begin(Phase::Running);
      ASSERT_EQ(value_of(hand.handle), i++);
      reader.complete(*thread_, hand);
    }
    sender.join();
  }
};

TEST_F(Room, IsThereAtOnceWhenTheMailboxIsNotFull) {
  EXPECT_EQ(wait_for_room(*thread_, {add_actor()}, {}, late()), RoomWait::Retry);
}

TEST_F(Room, IsGivenUpAtTheDeadline) {
  const ActorId id = add_actor(1);
  ASSERT_EQ(send_value(id, 0), SendStatus::Accepted);
  const ActorId waiter = add_actor();
  const std::uint64_t deadline_ns = soon();
  EXPECT_EQ(wait_for_room(*thread_, {id}, waiter, deadline_ns), RoomWait::Deadline);
  EXPECT_GE(now_ns(), deadline_ns);
  EXPECT_FALSE(room_wait_of(segment_, waiter).has_value());
}

TEST_F(Room, WakesASenderThatWaits) {
  const ActorId id = add_actor(4);
  expect_all_to_arrive({id}, 20'000);
}

TEST_F(Room, IsSpunForWhileTheReceiverWorks) {
  const ActorId id = add_actor(4);
  for (std::uint32_t i = 0; i < 4; ++i) ASSERT_EQ(send_value(id, i), SendStatus::Accepted);
  bool has_room = false;
  std::thread sender([&] { has_room = spin_for_room(segment_, {id}, late()); });
  LaneReader reader(segment_, id.index, Lane::Messages);
  ASSERT_TRUE(reader.poll());
  for (int i = 0; i < 2; ++i) reader.complete(*thread_, reader.begin(Phase::Running));  // Half of its capacity.
  sender.join();
  EXPECT_TRUE(has_room);
}

TEST_F(Room, IsNotSpunForWhenTheReceiverStandsStillOrCloses) {
  const ActorId id = add_actor(1);
  ASSERT_EQ(send_value(id, 0), SendStatus::Accepted);
  EXPECT_FALSE(spin_for_room(segment_, {id}, 1'000'000));
  begin_close(*thread_, id);
  EXPECT_FALSE(spin_for_room(segment_, {id}, late()));
  end_actor(id);
}

TEST_F(Room, IsNotWaitedForInAMailboxThatCloses) {
  const ActorId id = add_actor(1);
  ASSERT_EQ(send_value(id, 0), SendStatus::Accepted);
  Thread& record = add_thread();
  const ActorId waiter = add_actor();
  RoomWait answer = RoomWait::Deadline;
  std::thread sender([&] { answer = wait_for_room(record, {id}, waiter, late()); });
  while (!room_wait_of(segment_, waiter).has_value()) std::this_thread::yield();
  begin_close(*thread_, id);
  sender.join();
  EXPECT_EQ(answer, RoomWait::Retry);
  end_actor(id);
}

TEST_F(Room, OfOneselfIsADeadlock) {
  const ActorId id = add_actor(1);
  ASSERT_EQ(send_value(id, 0), SendStatus::Accepted);
  EXPECT_EQ(wait_for_room(*thread_, {id}, id, late()), RoomWait::WouldDeadlock);
}

TEST_F(Room, OfTwoThatWaitForEachOtherIsADeadlock) {
  const ActorId a = add_actor(1);
  const ActorId b = add_actor(1);
  ASSERT_EQ(send_value(a, 0), SendStatus::Accepted);
  ASSERT_EQ(send_value(b, 0), SendStatus::Accepted);
  Thread& record_a = add_thread();
  Thread& record_b = add_thread();
  // The thread that gets the error makes room, as a handler that returns would.
  const auto wait = [&](Thread& record, ActorId own, ActorId other, RoomWait& answer) {
    answer = wait_for_room(record, {other}, own, late());
    if (answer != RoomWait::WouldDeadlock) return;
    LaneReader reader(segment_, own.index, Lane::Messages);
    while (reader.poll()) reader.complete(record, reader.begin(Phase::Running));
  };
  RoomWait answer_a = RoomWait::Deadline;
  RoomWait answer_b = RoomWait::Deadline;
  std::thread one([&] { wait(record_a, a, b, answer_a); });
  std::thread two([&] { wait(record_b, b, a, answer_b); });
  one.join();
  two.join();
  EXPECT_TRUE(answer_a == RoomWait::WouldDeadlock || answer_b == RoomWait::WouldDeadlock);
  EXPECT_NE(answer_a, RoomWait::Deadline);
  EXPECT_NE(answer_b, RoomWait::Deadline);
}

TEST_F(Room, OfThreeInACircleIsADeadlockAlsoWhenTheLastOneLacksBytes) {
  const ActorId a = add_limited(16, 1);
  const ActorId b = add_actor(1);
  const ActorId c = add_actor(1);
  ASSERT_EQ(send_value(b, 0), SendStatus::Accepted);
  ASSERT_EQ(send_value(c, 0), SendStatus::Accepted);
  begin_wait(segment_, b, {c});
  begin_wait(segment_, c, {a, 8});
  EXPECT_EQ(wait_for_room(*thread_, {b}, a, soon()), RoomWait::Deadline) << "the last one wants no more than there is";
  begin_wait(segment_, c, {a, 9});
  EXPECT_EQ(wait_for_room(*thread_, {b}, a, late()), RoomWait::WouldDeadlock);
}

TEST_F(Room, IsNotThereUntilThereAreBytesEnough) {
  const ActorId id = add_limited(16, 2);
  EXPECT_TRUE(lacks_room(segment_, {id, 1}));
  EXPECT_FALSE(lacks_room(segment_, {id, 0}));
  (void)take_all(id);
  EXPECT_FALSE(lacks_room(segment_, {id, 16}));
  EXPECT_TRUE(lacks_room(segment_, {id, 17}));
}

TEST_F(Room, WakesASenderThatWaitsForBytes) {
  const ActorId id = add_limited(16, 0);
  expect_all_to_arrive({id, 8}, 2'000);
}

TEST_F(Room, OfAChainWithoutACycleIsNoDeadlock) {
  const ActorId a = add_actor(1);
  const ActorId b = add_actor(1);
  ASSERT_EQ(send_value(b, 0), SendStatus::Accepted);
  EXPECT_EQ(wait_for_room(*thread_, {b}, a, soon()), RoomWait::Deadline);
}

}  // namespace
}  // namespace buskin::test
