// SystemPhases: the transitions and their deadlines.
#include "admin/daemon/system_phases.hpp"

#include <algorithm>

#include "admin/daemon/timing.hpp"
#include "shm/base/check.hpp"
#include "shm/base/clock.hpp"

namespace buskin::admin {

namespace {

constexpr std::uint64_t kFirstUse_ns = 2'000'000'000;  ///< How long the admin waits for the client that started it.
constexpr std::uint64_t kServersEndMax_ns = 2'000'000'000;
constexpr std::uint64_t kKilledMax_ns = 2'000'000'000;  ///< How long a killed process may take to be repaired.
/// How long the start lock is waited for, after the deadline of Ending.
constexpr std::uint64_t kFilesMax_ns = 2'000'000'000;

}  // namespace

bool SystemPhases::stop(std::uint64_t deadline_ns) {
  if (!is_running()) {
    deadline_ns_ = std::min(deadline_ns_, deadline_ns);
    return false;
  }
  phase_ = Phase::Stopping;
  deadline_ns_ = deadline_ns;
  return true;
}

SystemPhases::Decision SystemPhases::tick(std::uint64_t now_ns, bool is_occupied) {
  switch (phase_) {
    case Phase::Running: return tick_running(now_ns, is_occupied || is_staying_);
    case Phase::Stopping: return tick_ending(Step::KillActors, Step::BeginEnding, now_ns, is_occupied);
    case Phase::Ending: return tick_ending(Step::KillAll, Step::Leave, now_ns, is_occupied);
    case Phase::Over: break;
  }
  return {Step::Wait, now_ns};
}

SystemPhases::Decision SystemPhases::tick_running(std::uint64_t now_ns, bool is_used) {
  if (is_used) {
    was_used_ = true;
    idle_since_ns_ = 0;
    return {Step::Wait, shm::kNever_ns};
  }
  if (idle_since_ns_ == 0) idle_since_ns_ = now_ns;
  const std::uint64_t end_ns = idle_since_ns_ + (was_used_ ? linger_ns_ : std::max(linger_ns_, kFirstUse_ns));
  if (now_ns < end_ns) return {Step::Wait, end_ns};
  return {Step::BeginEnding, now_ns};
}

/// A phase that waits for processes to end. At its deadline they are killed; after kKilledMax_ns more the system goes
/// on without waiting for them.
SystemPhases::Decision SystemPhases::tick_ending(Step kill, Step then, std::uint64_t now_ns, bool is_occupied) {
  if (is_occupied && now_ns < deadline_ns_) return {Step::Wait, now_ns + kStep_ns};
  if (!is_occupied || is_killing_) return {then, now_ns};
  is_killing_ = true;
  deadline_ns_ = now_ns + kKilledMax_ns;
  return {kill, now_ns + kStep_ns};
}

void SystemPhases::begin_ending(std::uint64_t now_ns) {
  BUSKIN_CHECK(phase_ == Phase::Running || phase_ == Phase::Stopping);  // The system ends only once.
  phase_ = Phase::Ending;
  is_killing_ = false;
  deadline_ns_ = now_ns + kServersEndMax_ns;
}

void SystemPhases::keep_running() {
  BUSKIN_CHECK(is_running());  // A stopped system has no way back.
  idle_since_ns_ = 0;
}

bool SystemPhases::may_wait_for_files(std::uint64_t now_ns) const {
  return now_ns < deadline_ns_ + kFilesMax_ns;
}

void SystemPhases::end() {
  BUSKIN_CHECK(phase_ == Phase::Ending);  // Before that, processes may still use the files.
  phase_ = Phase::Over;
}

}  // namespace buskin::admin
