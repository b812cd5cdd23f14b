// process_end_test: a status in words, and whether the process ended by itself.
#include "api/runtime/recovery/process_end.hpp"

#include <gtest/gtest.h>

#include <csignal>

namespace {

using buskin::runtime::ProcessEnd;

TEST(ProcessEndTest, NamesTheSignal) {
  const ProcessEnd end = ProcessEnd::of_status(SIGKILL);
  EXPECT_EQ(end.sentence, "its process was ended by signal 9 (Killed)");
  EXPECT_FALSE(end.exit_code);
}

TEST(ProcessEndTest, HasTheExitCodeOfAProcessThatEndedByItself) {
  const ProcessEnd end = ProcessEnd::of_status(3 << 8);
  EXPECT_EQ(end.sentence, "its process ended with exit code 3");
  EXPECT_EQ(end.exit_code, 3);
  EXPECT_EQ(ProcessEnd::of_status(0).exit_code, 0);
}

TEST(ProcessEndTest, IsUnknownWhenNobodySaidAnything) {
  const ProcessEnd end = ProcessEnd::look_at({.pid = 0});
  EXPECT_EQ(end.sentence, "its process died");
  EXPECT_FALSE(end.exit_code);
}

}  // namespace
