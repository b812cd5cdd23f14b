// wake_test: nobody sleeps while there is something to do, and nobody is woken for nothing.
#include <algorithm>
#include <array>
#include <numeric>
#include <thread>

#include "shm/mailbox/ready_set.hpp"
#include "shm/mailbox/room_waiter.hpp"
#include "tests/support/segment_fixture.hpp"

namespace buskin::test {
namespace {

class Wake : public SegmentFixture {
 protected:
  static std::uint64_t late() { return now_ns() + 20'000'000'000; }
  std::uint32_t ev(Thread& thread) { return thread.record().ev.load_seq_cst(); }

  ReadySet backed_map() {
    EXPECT_TRUE(ReadySet::back_map(segment_, kProcess, 0).ok());
    return ReadySet(segment_, kProcess);
  }

  void send_all(Thread& record, ActorId to, std::uint64_t count) {
    for (std::uint64_t i = 0; i < count; ++i) {
      const Handle handle = make(record, i);
      while (send(record, {to}, handle) == SendStatus::Full) {
        ASSERT_NE(RoomWaiter(record, {}, {to}).wait(late()), RoomWait::WouldDeadlock);
      }
    }
  }

  /// Handles what there is; true when that was something.
  std::uint64_t handle_all(Thread& record, LaneReader& reader) {
    std::uint64_t count = 0;
    for (; reader.poll(); ++count) reader.complete(record, reader.begin(Phase::Running));
    return count;
  }
};

TEST_F(Wake, LeavesAPolledMailboxAlone) {
  const ActorId id = add_actor();
  Thread& host = add_thread();
  set_wake(segment_, id.index, {kProcess, host.index(), WakeWord::kNoBit});
  unpark(segment_, id.index);
  host.record().ev.store_seq_cst(1);
  ASSERT_EQ(send_value(id, 1), SendStatus::Accepted);
  EXPECT_EQ(ev(host), 1u);
  EXPECT_EQ(counted(*thread_, Counter::Wakes), 0u);
  host.record().ev.store_seq_cst(0);
}

TEST_F(Wake, CountsASleeperUpAndLeavesItsBit) {
  const ActorId id = add_actor();
  Thread& host = add_thread();
  set_wake(segment_, id.index, {kProcess, host.index(), WakeWord::kNoBit});
  host.record().ev.store_seq_cst(1);
  ASSERT_EQ(send_value(id, 1), SendStatus::Accepted);
  EXPECT_EQ(ev(host), 3u);
  EXPECT_EQ(counted(*thread_, Counter::Wakes), 1u);
}

TEST_F(Wake, DoesNotCountAWakeWhenNobodySleeps) {
  const ActorId id = add_actor();
  Thread& host = add_thread();
  set_wake(segment_, id.index, {kProcess, host.index(), WakeWord::kNoBit});
  ASSERT_EQ(send_value(id, 1), SendStatus::Accepted);
  EXPECT_EQ(ev(host), 0u);
}

TEST_F(Wake, HasNothingToDoBeforeTheMailboxIsAdopted) {
  ASSERT_EQ(send_value(add_actor(), 1), SendStatus::Accepted);
  EXPECT_EQ(counted(*thread_, Counter::Wakes), 0u);
}

TEST_F(Wake, SetsTheBitOfASharedHost) {
  const ActorId id = add_actor();
  ReadySet map = backed_map();
  set_wake(segment_, id.index, {kProcess, add_thread().index(), 77'777});
  ASSERT_EQ(send_value(id, 1), SendStatus::Accepted);
  EXPECT_TRUE(map.any());
  std::vector<std::uint32_t> bits;
  map.take(bits);
  EXPECT_EQ(bits, std::vector<std::uint32_t>{77'777});
  EXPECT_FALSE(map.any());
}

TEST_F(Wake, ParksOnlyAnEmptyMailbox) {
  const ActorId id = add_actor();
  const auto done_of = [&](std::size_t lane) { return segment_.mailbox(id.index).lanes[lane].done.load_acquire(); };
  for (const Lane lane : {Lane::Control, Lane::Replies, Lane::Messages}) {
    const std::uint64_t done[kLaneCount] = {done_of(0), done_of(1), done_of(2)};
    unpark(segment_, id.index);
    EXPECT_FALSE(park(segment_, id.index, done));
    EXPECT_EQ(segment_.mailbox(id.index).sched.load_seq_cst(), static_cast<std::uint32_t>(Sched::Idle));
    ASSERT_EQ(send_value(id, 1, lane), SendStatus::Accepted);
    EXPECT_TRUE(park(segment_, id.index, done));
    EXPECT_EQ(segment_.mailbox(id.index).sched.load_seq_cst(), static_cast<std::uint32_t>(Sched::Polled));
    take_all(id, lane);
  }
}

TEST_F(Wake, ReturnsEachOfAThousandBitsOnce) {
  ReadySet map = backed_map();
  std::vector<std::uint32_t> expected;
  for (std::uint32_t i = 0; i < 1'000; ++i) expected.push_back(i * 299);
  for (const std::uint32_t bit : expected) map.set(bit), map.set(bit);
  std::vector<std::uint32_t> bits;
  map.take(bits);
  EXPECT_EQ(bits, expected);
  bits.clear();
  map.take(bits);
  EXPECT_TRUE(bits.empty());
}

TEST_F(Wake, RefusesABitBeyondTheMap) {
  EXPECT_FALSE(ReadySet::back_map(segment_, kProcess, kSmallTables.ready_bits).ok());
}

TEST_F(Wake, SleepsNoLongerThanItsDeadline) {
  const std::uint64_t deadline_ns = now_ns() + 30'000'000;
  // Ends: futex_wait may return early, the deadline does not move.
  while (now_ns() < deadline_ns) sleep_until(*thread_, deadline_ns, [] { return true; });
  EXPECT_EQ(ev(*thread_) & 1u, 0u);
  EXPECT_GE(counted(*thread_, Counter::Sleeps), 1u);
}

TEST_F(Wake, DoesNotSleepWhenTheLastLookFindsSomething) {
  sleep_until(*thread_, late(), [] { return false; });
  EXPECT_EQ(counted(*thread_, Counter::Sleeps), 0u);
}

TEST_F(Wake, ReachesASleeperWithoutAMailbox) {
  Thread& sleeper = add_thread();
  Atomic<std::uint32_t> is_told{0};
  std::thread thread([&] {
    while (is_told.load_seq_cst() == 0) sleep_until(sleeper, late(), [&] { return is_told.load_seq_cst() == 0; });
  });
  while ((ev(sleeper) & 1u) == 0) std::this_thread::yield();
  is_told.store_seq_cst(1);
  wake_thread(segment_, sleeper.index());
  thread.join();
}

TEST_F(Wake, IsNeverMissedByADedicatedThread) {
  constexpr std::uint64_t kPerSender = 100'000;
  constexpr std::uint64_t kSenders = 2;
  const ActorId id = add_actor(64);
  std::array<Thread*, kSenders> records{&add_thread(), &add_thread()};
  set_wake(segment_, id.index, {kProcess, thread_->index(), WakeWord::kNoBit});
  std::vector<std::thread> senders;
  for (Thread* record : records) senders.emplace_back([&, record] { send_all(*record, id, kPerSender); });

  LaneReader reader(segment_, id.index, Lane::Messages);
  const std::uint64_t begun_ns = now_ns();
  std::uint64_t left = kPerSender * kSenders;
  while (left > 0) {
    left -= handle_all(*thread_, reader);
    if (left == 0) break;
    const std::uint64_t done[kLaneCount] = {segment_.mailbox(id.index).lanes[0].done.load_acquire(),
                                            segment_.mailbox(id.index).lanes[1].done.load_acquire(), reader.done()};
    if (park(segment_, id.index, done)) continue;
    sleep_until(*thread_, late(), [&] { return !reader.poll(); });
  }
  for (std::thread& sender : senders) sender.join();
  EXPECT_LT(now_ns() - begun_ns, kSleepMax_ns) << "a wake was missed, and the safety net caught it";
}

TEST_F(Wake, IsNeverMissedByAHostOfManyMailboxes) {
  constexpr std::uint64_t kPerSender = 60'000;
  constexpr std::size_t kMailboxes = 3;
  std::array<ActorId, kMailboxes> ids{};
  std::array<Thread*, kMailboxes> records{};
  std::vector<LaneReader> readers;
  ReadySet map = backed_map();
  for (std::size_t i = 0; i < kMailboxes; ++i) {
    ids[i] = add_actor(32);
    records[i] = &add_thread();
    set_wake(segment_, ids[i].index, {kProcess, thread_->index(), static_cast<std::uint32_t>(i * 100'000)});
    readers.emplace_back(segment_, ids[i].index, Lane::Messages);
  }
  std::vector<std::thread> senders;
  for (std::size_t i = 0; i < kMailboxes; ++i) {
    senders.emplace_back([&, i] { send_all(*records[i], ids[i], kPerSender); });
  }
  const std::uint64_t begun_ns = now_ns();
  std::vector<std::uint32_t> bits;
  for (std::uint64_t left = kPerSender * kMailboxes; left > 0;) {
    bits.clear();
    map.take(bits);
    for (const std::uint32_t bit : bits) left -= handle_all(*thread_, readers[bit / 100'000]);
    if (bits.empty() && left > 0) sleep_until(*thread_, late(), [&] { return !map.any(); });
  }
  for (std::thread& sender : senders) sender.join();
  EXPECT_LT(now_ns() - begun_ns, kSleepMax_ns) << "a wake was missed, and the safety net caught it";
}

}  // namespace
}  // namespace buskin::test
