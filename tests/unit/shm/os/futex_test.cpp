// futex_test: sleeping on a word, also between processes.
#include <gtest/gtest.h>

#include <sys/mman.h>

#include <limits>
#include <thread>

#include "shm/base/clock.hpp"
#include "shm/os/futex.hpp"
#include "tests/support/scratch.hpp"

namespace buskin::test {
namespace {

constexpr std::uint64_t kMillisecond_ns = 1'000'000;
constexpr std::uint64_t kWatchdog_ns = 20'000 * kMillisecond_ns;

/// Sleeps until `word` is not 0, as every user of a futex does.
bool await(const Atomic<std::uint32_t>& word) {
  const std::uint64_t deadline_ns = now_ns() + kWatchdog_ns;
  while (word.load_acquire() == 0 && now_ns() < deadline_ns) futex_wait(word, 0, deadline_ns);
  return word.load_acquire() != 0;
}

TEST(Futex, ReturnsAtOnceWhenTheWordIsAnother) {
  const Atomic<std::uint32_t> word(1);
  const std::uint64_t start_ns = now_ns();
  futex_wait(word, 0, start_ns + kWatchdog_ns);
  EXPECT_LT(now_ns() - start_ns, kWatchdog_ns / 2);
}

TEST(Futex, ReturnsAtItsDeadlineAndNotBefore) {
  const Atomic<std::uint32_t> word(0);
  const std::uint64_t deadline_ns = now_ns() + 20 * kMillisecond_ns;
  futex_wait(word, 0, deadline_ns);
  EXPECT_GE(now_ns(), deadline_ns);
  futex_wait(word, 0, 0);  // Long ago.
}

TEST(Futex, MayWaitForEver) {
  Atomic<std::uint32_t> word(0);
  std::thread waker([&] {
    word.store_release(1);
    futex_wake(word, 1);
  });
  while (word.load_acquire() == 0) futex_wait(word, 0, shm::kNever_ns);
  waker.join();
}

TEST(Futex, WakesASleeperInAnotherProcess) {
  void* const page = ::mmap(nullptr, 4'096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  ASSERT_NE(page, MAP_FAILED);
  auto& word = *new (page) Atomic<std::uint32_t>(0);
  Gate started;
  Child sleeper([&] {
    started.open();
    return await(word) ? 0 : 1;
  });
  ASSERT_TRUE(started.wait());
  word.store_release(1);
  futex_wake(word, 1);
  EXPECT_EQ(sleeper.wait(), 0);
  ::munmap(page, 4'096);
}

TEST(Futex, WakesNobodyWhereNobodySleeps) {
  const Atomic<std::uint32_t> word(0);
  EXPECT_EQ(futex_wake(word, std::numeric_limits<int>::max()), 0);
}

}  // namespace
}  // namespace buskin::test
