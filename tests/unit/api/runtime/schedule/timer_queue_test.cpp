// timer_queue_test: bits come back when their time has come, and the first time is known without a lock.
#include "api/runtime/schedule/timer_queue.hpp"

#include <gtest/gtest.h>

namespace buskin::runtime {
namespace {

using Bits = std::vector<std::uint32_t>;

Bits taken(TimerQueue& queue, std::uint64_t now_ns) {
  Bits bits;
  queue.take(now_ns, bits);
  return bits;
}

TEST(TimerQueue, HasNoTimeWhileItIsEmpty) {
  TimerQueue queue;
  EXPECT_EQ(queue.next_ns(), shm::kNever_ns);
  EXPECT_EQ(taken(queue, 1'000), Bits{});
}

TEST(TimerQueue, GivesABitWhenItsTimeHasComeAndNotBefore) {
  TimerQueue queue;
  queue.add(100, 7);
  EXPECT_EQ(taken(queue, 99), Bits{});
  EXPECT_EQ(taken(queue, 100), Bits{7});
  EXPECT_EQ(taken(queue, 100), Bits{});
}

TEST(TimerQueue, GivesBitsInTheOrderOfTheirTimes) {
  TimerQueue queue;
  queue.add(300, 3);
  queue.add(100, 1);
  queue.add(200, 2);
  queue.add(400, 4);
  EXPECT_EQ(taken(queue, 300), (Bits{1, 2, 3}));
  EXPECT_EQ(queue.next_ns(), 400u);
}

TEST(TimerQueue, SaysWhetherTheNewEntryIsTheFirst) {
  TimerQueue queue;
  EXPECT_TRUE(queue.add(200, 1));
  EXPECT_FALSE(queue.add(300, 2));
  EXPECT_FALSE(queue.add(200, 3));
  EXPECT_TRUE(queue.add(100, 4));
  EXPECT_EQ(queue.next_ns(), 100u);
}

TEST(TimerQueue, KeepsEveryEntryOfABit) {
  TimerQueue queue;
  queue.add(100, 7);
  queue.add(200, 7);
  EXPECT_EQ(taken(queue, 150), Bits{7});
  EXPECT_EQ(taken(queue, 250), Bits{7});
  EXPECT_EQ(queue.next_ns(), shm::kNever_ns);
}

TEST(TimerQueue, AppendsToWhatIsThere) {
  TimerQueue queue;
  queue.add(1, 2);
  Bits bits{9};
  queue.take(1, bits);
  EXPECT_EQ(bits, (Bits{9, 2}));
}

}  // namespace
}  // namespace buskin::runtime
