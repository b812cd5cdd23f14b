// look_pace_test: a look is due after many messages, or as soon as time has passed.
#include "api/runtime/cell/look_pace.hpp"

#include <gtest/gtest.h>

namespace buskin::runtime {
namespace {

std::uint64_t tick = 0;
std::uint64_t reads = 0;
std::uint64_t coarse() {
  ++reads;
  return tick;
}

/// Handles messages until a look is due, and says how many.
std::uint32_t handled_until_due(LookPace& pace, bool is_awaiting, std::uint64_t ticks_per_message = 0) {
  std::uint32_t handled = 0;
  do {
    pace.handle_one();
    ++handled;
    tick += ticks_per_message;
  } while (!pace.is_due(is_awaiting, coarse));
  return handled;
}

TEST(LookPace, LooksFirst) {
  LookPace pace;
  EXPECT_TRUE(pace.is_due(false, coarse));
}

TEST(LookPace, LooksOnceInManyMessagesWhileNoTimePasses) {
  LookPace pace;
  pace.looked(100, coarse);
  const std::uint64_t before = reads;
  EXPECT_EQ(handled_until_due(pace, false), LookPace::kMessagesPerLook);
  EXPECT_LE(reads - before, LookPace::kMessagesPerLook / LookPace::kMessagesPerClock) << "the clock costs";
}

TEST(LookPace, LooksAfterALongMessageWhenSomethingIsAwaited) {
  LookPace pace;
  pace.looked(100, coarse);
  EXPECT_EQ(handled_until_due(pace, true, 1), 1u);
}

TEST(LookPace, LooksAfterEachLongMessageOnceItHasSeenOne) {
  LookPace pace;
  pace.looked(100, coarse);
  EXPECT_LE(handled_until_due(pace, false, 1), LookPace::kMessagesPerClock);
  pace.looked(100, coarse);
  EXPECT_EQ(handled_until_due(pace, false, 1), 1u);
  pace.looked(100, coarse);
  EXPECT_EQ(handled_until_due(pace, false, 0), LookPace::kMessagesPerLook) << "short again";
}

TEST(LookPace, LooksNextWhenItIsTold) {
  LookPace pace;
  pace.looked(100, coarse);
  pace.look_next();
  EXPECT_TRUE(pace.is_due(false, coarse));
}

}  // namespace
}  // namespace buskin::runtime
