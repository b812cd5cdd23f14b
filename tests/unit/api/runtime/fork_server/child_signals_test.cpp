// ChildSignals: a signal is counted once, and changes the word of the sleeper.
#include "api/runtime/fork_server/child_signals.hpp"

#include <gtest/gtest.h>

#include <csignal>

namespace {

using buskin::runtime::ChildSignals;
namespace shm = buskin::shm;

TEST(ChildSignals, HasASignalUntilItIsTaken) {
  shm::Atomic<std::uint32_t> word{0};
  ChildSignals signals(word);
  signals.take();
  EXPECT_FALSE(signals.has_any());
  ASSERT_EQ(::raise(SIGCHLD), 0);
  EXPECT_TRUE(signals.has_any());
  signals.take();
  EXPECT_FALSE(signals.has_any());
  ASSERT_EQ(::raise(SIGIO), 0);
  EXPECT_TRUE(signals.has_any());
}

TEST(ChildSignals, CountsTheWordAboveItsSleepBit) {
  shm::Atomic<std::uint32_t> word{1};
  const ChildSignals signals(word);
  ASSERT_EQ(::raise(SIGCHLD), 0);
  EXPECT_EQ(word.load_relaxed(), 3u);
}

TEST(ChildSignals, AddsOneWithoutASignal) {
  shm::Atomic<std::uint32_t> word{0};
  ChildSignals signals(word);
  signals.take();
  signals.add();
  EXPECT_TRUE(signals.has_any());
}

TEST(ChildSignals, LeavesTheSignalsAloneAfterItsEnd) {
  shm::Atomic<std::uint32_t> word{0};
  { const ChildSignals signals(word); }
  ASSERT_EQ(::raise(SIGCHLD), 0);  // Ignored by default.
  EXPECT_EQ(word.load_relaxed(), 0u);
}

}  // namespace
