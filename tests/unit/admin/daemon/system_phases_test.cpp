// SystemPhases: the whole life of a system, decided from a clock and one fact.
#include "admin/daemon/system_phases.hpp"

#include <gtest/gtest.h>

#include "admin/daemon/timing.hpp"
#include "shm/base/clock.hpp"

namespace {

using buskin::admin::SystemPhases;
using Step = SystemPhases::Step;
using Phase = SystemPhases::Phase;

constexpr std::uint64_t kSecond = 1'000'000'000;
constexpr std::uint64_t kLinger = 10 * kSecond;
constexpr std::uint64_t kStart = 1'000 * kSecond;
constexpr std::uint64_t kLong = 100 * kSecond;

Step step_of(SystemPhases& phases, std::uint64_t now_ns, bool is_occupied) {
  return phases.tick(now_ns, is_occupied).step;
}

/// A system that somebody has used.
SystemPhases used() {
  SystemPhases phases(kLinger, false);
  EXPECT_EQ(step_of(phases, kStart, true), Step::Wait);
  return phases;
}

TEST(SystemPhases, SleepsWithoutADeadlineWhileItIsUsed) {
  SystemPhases phases = used();
  EXPECT_EQ(phases.tick(kStart + kLong, true).next_ns, buskin::shm::kNever_ns);
  EXPECT_TRUE(phases.is_running());
}

TEST(SystemPhases, BeginsToEndAfterTheLingerTimeWithoutUse) {
  SystemPhases phases = used();
  const SystemPhases::Decision idle = phases.tick(kStart + 1, false);
  EXPECT_EQ(idle.step, Step::Wait);
  EXPECT_EQ(idle.next_ns, kStart + 1 + kLinger);
  EXPECT_EQ(step_of(phases, idle.next_ns - 1, false), Step::Wait);
  EXPECT_EQ(step_of(phases, idle.next_ns, false), Step::BeginEnding);
}

TEST(SystemPhases, UseBeginsTheLingerTimeAgain) {
  SystemPhases phases = used();
  EXPECT_EQ(step_of(phases, kStart, false), Step::Wait);
  EXPECT_EQ(step_of(phases, kStart + kLinger - 1, true), Step::Wait);
  EXPECT_EQ(step_of(phases, kStart + kLinger, false), Step::Wait);
  EXPECT_EQ(step_of(phases, kStart + 2 * kLinger, false), Step::BeginEnding);
}

TEST(SystemPhases, WaitsTwoSecondsForItsFirstUserHoweverShortTheLingerTime) {
  SystemPhases phases(1, false);
  EXPECT_EQ(phases.tick(kStart, false).next_ns, kStart + 2 * kSecond);
  EXPECT_EQ(step_of(phases, kStart + 2 * kSecond, false), Step::BeginEnding);
}

TEST(SystemPhases, AUserWhoComesWhileTheEndBeginsKeepsItRunning) {
  SystemPhases phases = used();
  (void)phases.tick(kStart, false);
  ASSERT_EQ(step_of(phases, kStart + kLinger, false), Step::BeginEnding);
  phases.keep_running();
  EXPECT_EQ(step_of(phases, kStart + kLinger + 1, false), Step::Wait);
  EXPECT_EQ(step_of(phases, kStart + 2 * kLinger + 1, false), Step::BeginEnding);
}

TEST(SystemPhases, ASystemThatStaysEndsOnlyWhenItIsStopped) {
  SystemPhases phases(kLinger, false);
  phases.set_staying();
  EXPECT_EQ(phases.tick(kStart, false).next_ns, buskin::shm::kNever_ns);
  EXPECT_EQ(step_of(phases, kStart + kLong, false), Step::Wait);
  EXPECT_TRUE(phases.stop(kStart + kLong));
  EXPECT_EQ(step_of(phases, kStart + kLong, false), Step::BeginEnding);
}

TEST(SystemPhases, AStopGivesActorsUntilTheDeadlineAndThenKillsThem) {
  SystemPhases phases = used();
  EXPECT_TRUE(phases.stop(kStart + kSecond));
  EXPECT_EQ(phases.phase(), Phase::Stopping);
  EXPECT_EQ(step_of(phases, kStart + kSecond - 1, true), Step::Wait);
  EXPECT_EQ(step_of(phases, kStart + kSecond, true), Step::KillActors);
  EXPECT_EQ(step_of(phases, kStart + kSecond + 1, true), Step::Wait);  // Killed once; their repair takes a moment.
  EXPECT_EQ(step_of(phases, kStart + kSecond + 2, false), Step::BeginEnding);
}

TEST(SystemPhases, DoesWithoutTheEndOfWhatWasKilled) {
  SystemPhases phases = used();
  (void)phases.stop(kStart);
  ASSERT_EQ(step_of(phases, kStart, true), Step::KillActors);
  EXPECT_EQ(step_of(phases, kStart + 2 * kSecond, true), Step::BeginEnding);
}

TEST(SystemPhases, ASecondStopMayOnlyShortenTheDeadline) {
  SystemPhases phases = used();
  EXPECT_TRUE(phases.stop(kStart + 2 * kSecond));
  EXPECT_FALSE(phases.stop(kStart + kSecond));
  EXPECT_FALSE(phases.stop(kStart + kLong));
  EXPECT_EQ(step_of(phases, kStart + kSecond, true), Step::KillActors);
}

TEST(SystemPhases, ForkServersEndThemselvesOrAreKilled) {
  SystemPhases phases = used();
  phases.begin_ending(kStart);
  EXPECT_EQ(phases.phase(), Phase::Ending);
  EXPECT_EQ(step_of(phases, kStart + 1, true), Step::Wait);
  EXPECT_EQ(step_of(phases, kStart + 2, false), Step::Leave);
  EXPECT_EQ(step_of(phases, kStart + 2 * kSecond, true), Step::KillAll);
  EXPECT_EQ(step_of(phases, kStart + 4 * kSecond, true), Step::Leave);
}

TEST(SystemPhases, KillsAgainInTheNextPhase) {
  SystemPhases phases = used();
  (void)phases.stop(kStart);
  ASSERT_EQ(step_of(phases, kStart, true), Step::KillActors);
  phases.begin_ending(kStart + 1);
  EXPECT_EQ(step_of(phases, kStart + 1, true), Step::Wait);
  EXPECT_EQ(step_of(phases, kStart + 1 + 2 * kSecond, true), Step::KillAll);
}

TEST(SystemPhases, WaitsOnlySoLongForTheRightToRemoveItsFiles) {
  SystemPhases phases = used();
  phases.begin_ending(kStart);
  EXPECT_TRUE(phases.may_wait_for_files(kStart + 4 * kSecond - 1));
  EXPECT_FALSE(phases.may_wait_for_files(kStart + 4 * kSecond));
}

TEST(SystemPhases, IsOverWhenItsFilesAreRemoved) {
  SystemPhases phases = used();
  phases.begin_ending(kStart);
  phases.end();
  EXPECT_TRUE(phases.is_over());
  EXPECT_EQ(step_of(phases, kStart + kLong, true), Step::Wait);
}

}  // namespace
