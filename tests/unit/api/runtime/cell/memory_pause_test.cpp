// memory_pause_test: a pause grows while the same message finds no memory.
#include "api/runtime/cell/memory_pause.hpp"

#include <gtest/gtest.h>

namespace buskin::test {
namespace {

using runtime::MemoryPause;

TEST(MemoryPauses, LastFromThreeQuartersOfTheLeastToTheMost) {
  MemoryPause pause;
  std::uint64_t now = 1'000'000'007;
  std::uint64_t longest = 0;
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(pause.begin(now, 5), i == 0);
    const std::uint64_t length = pause.until_ns() - now;
    EXPECT_GT(length, MemoryPause::kLeast_ns * 3 / 4);
    longest = std::max(longest, length);
    now = pause.until_ns();
  }
  EXPECT_LE(longest, MemoryPause::kMost_ns);
  EXPECT_GT(longest, MemoryPause::kMost_ns / 2);
}

TEST(MemoryPauses, AreShortAgainForAnotherMessage) {
  MemoryPause pause;
  for (std::uint64_t i = 1; i < 10; ++i) (void)pause.begin(i * 1'000'000'000, 5);
  EXPECT_TRUE(pause.begin(20'000'000'000, 6));
  EXPECT_LE(pause.until_ns(), 20'000'000'000 + MemoryPause::kLeast_ns);
}

TEST(MemoryPauses, AreOverAtTheirTime) {
  MemoryPause pause;
  EXPECT_FALSE(pause.is_on());
  (void)pause.begin(1'000, 5);
  EXPECT_TRUE(pause.holds(pause.until_ns() - 1));
  EXPECT_FALSE(pause.holds(pause.until_ns()));
  EXPECT_FALSE(pause.is_on());
}

}  // namespace
}  // namespace buskin::test
