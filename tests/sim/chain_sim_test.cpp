// chain_sim_test: senders and a receiver of one lane, in every order of their steps that a seed can give.
#include "shm/mailbox/room_waiter.hpp"
#include "tests/sim/sim_fixture.hpp"

namespace buskin::test {
namespace {

constexpr std::uint64_t kStepsMax = 200'000;

/// `count` messages of one sender; value = sender * 1000 + number. Tries again while there is no room.
void send_all(SimRun& run, Thread& thread, ActorId to, std::uint64_t sender, std::uint64_t count) {
  for (std::uint64_t number = 0; number < count;) {
    const Handle handle = SimRun::make(thread, sender * 1'000 + number);
    const SendStatus status = send(thread, {to, Lane::Messages, Admission::Bounded}, handle);
    ASSERT_NE(status, SendStatus::Gone);
    if (status == SendStatus::Accepted) {
      ++number;
    } else {
      EXPECT_EQ(run.own_of(handle).state, BlockState::Held);
      thread.heap().free(handle);
    }
  }
}

/// Takes `count` messages and checks each sender's order and the bound.
void receive_all(SimRun& run, Thread& thread, ActorId id, std::uint32_t capacity, std::uint64_t count) {
  LaneReader reader(run.segment_, id.index, Lane::Messages);
  std::array<std::uint64_t, 8> next{};
  for (std::uint64_t taken = 0; taken < count;) {
    if (!reader.poll()) continue;
    EXPECT_LE(reader.fetched_count(), capacity);
    const Hand hand = reader.begin(Phase::Running);
    const std::uint64_t value = run.value_of(hand.handle);
    EXPECT_EQ(value % 1'000, next[value / 1'000]++);
    EXPECT_LE(pending_count(run.segment_, id.index, Lane::Messages), capacity);
    reader.complete(thread, hand);
    ++taken;
  }
  EXPECT_FALSE(reader.poll());
}

void race(std::uint32_t capacity, std::uint64_t senders, std::uint64_t each) {
  for_each_seed(kStepsMax, [=](SimRun& run) {
    const ActorId id = run.add_actor(capacity);
    unpark(run.segment_, id.index);
    for (std::uint64_t sender = 0; sender < senders; ++sender) {
      Thread& thread = run.add_thread();
      run.simulation.add([&run, &thread, id, sender, each] { send_all(run, thread, id, sender, each); });
    }
    Thread& thread = run.add_thread();
    run.simulation.add(
        [&run, &thread, id, capacity, all = senders * each] { receive_all(run, thread, id, capacity, all); });
    return [] {};
  });
}

TEST(ChainSim, TwoSendersKeepTheirOrderAndTheBoundOfOne) { race(1, 2, 4); }

TEST(ChainSim, ThreeSendersKeepTheirOrderAndTheBoundOfTwo) { race(2, 3, 3); }

/// A sender's copy of `done` is retired by the epoch while the lane wraps its sequence numbers.
TEST(ChainSim, TheBoundHoldsWhereAnEpochBegins) {
  for_each_seed(kStepsMax, [](SimRun& run) {
    constexpr std::uint32_t kCapacity = 2;
    const ActorId id = run.add_actor(kCapacity);
    unpark(run.segment_, id.index);
    Mailbox& mailbox = run.segment_.mailbox(id.index);
    const std::uint64_t done = kEpochLength * 4 - 2;  // The 28 bits wrap, and an epoch begins, in two messages.
    mailbox.lanes[2].done.store_release(done);
    mailbox.in[2].store_release(HeadWord{static_cast<std::uint32_t>(done) & kSeqMask, false, Handle::None}.pack());
    for (std::uint64_t sender = 0; sender < 2; ++sender) {
      Thread& thread = run.add_thread();
      run.simulation.add([&run, &thread, id, sender] { send_all(run, thread, id, sender, 3); });
    }
    Thread& thread = run.add_thread();
    run.simulation.add([&run, &thread, id] { receive_all(run, thread, id, kCapacity, 6); });
    return [&mailbox, epoch = mailbox.epoch.load_relaxed()] { EXPECT_EQ(mailbox.epoch.load_relaxed(), epoch + 1); };
  });
}

/// Waiters sleep on a futex that never times out.
TEST(ChainSim, WhoWaitsForRoomIsWoken) {
  for_each_seed(kStepsMax, [](SimRun& run) {
    const ActorId id = run.add_actor(1);
    unpark(run.segment_, id.index);
    for (std::uint64_t sender = 0; sender < 2; ++sender) {
      Thread& thread = run.add_thread();
      run.simulation.add([&thread, id, sender] {
        for (std::uint64_t number = 0; number < 3;) {
          const Handle handle = SimRun::make(thread, sender * 1'000 + number);
          if (send(thread, {id, Lane::Messages, Admission::Bounded}, handle) == SendStatus::Accepted) {
            ++number;
            continue;
          }
          thread.heap().free(handle);
          EXPECT_EQ(RoomWaiter(thread, {}, {id}).wait(~std::uint64_t{0}), RoomWait::Retry);
        }
      });
    }
    Thread& thread = run.add_thread();
    run.simulation.add([&run, &thread, id] { receive_all(run, thread, id, 1, 6); });
    return [] {};
  });
}

}  // namespace
}  // namespace buskin::test
