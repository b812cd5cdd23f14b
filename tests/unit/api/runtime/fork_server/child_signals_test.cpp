// ChildSignals: a signal is counted once, and changes the word of the sleeper.
#include "api/runtime/fork_server/child_signals.hpp"

#include <gtest/gtest.h>

#include <csignal>

#include "tests/support/segment_fixture.hpp"

namespace {

using buskin::runtime::ChildSignals;

class ChildSignalsTest : public buskin::test::SegmentFixture {
 protected:
  std::uint32_t word() const { return thread_->record().ev.load_relaxed(); }
};

TEST_F(ChildSignalsTest, HasASignalUntilItIsTaken) {
  ChildSignals signals(*thread_);
  signals.take();
  EXPECT_FALSE(signals.has_any());
  ASSERT_EQ(::raise(SIGCHLD), 0);
  EXPECT_TRUE(signals.has_any());
  signals.take();
  EXPECT_FALSE(signals.has_any());
}

TEST_F(ChildSignalsTest, CountsTheWordAboveItsSleepBit) {
  const ChildSignals signals(*thread_);
  const std::uint32_t before = word();
  ASSERT_EQ(::raise(SIGCHLD), 0);
  EXPECT_EQ(word(), before + 2);
}

TEST_F(ChildSignalsTest, AddsOneWithoutASignal) {
  ChildSignals signals(*thread_);
  signals.take();
  signals.add();
  EXPECT_TRUE(signals.has_any());
}

TEST_F(ChildSignalsTest, LeavesTheSignalsAloneAfterItsEnd) {
  { const ChildSignals signals(*thread_); }
  const std::uint32_t before = word();
  ASSERT_EQ(::raise(SIGCHLD), 0);  // Ignored by default.
  EXPECT_EQ(word(), before);
}

}  // namespace
