// ProgramLauncher: one thread for each fork server that is being started.
#include "admin/daemon/program_launcher.hpp"

#include <algorithm>
#include <chrono>
#include <string>
#include <system_error>

#include "api/runtime/launch/launch.hpp"
#include "shm/base/clock.hpp"
#include "shm/os/limits.hpp"

namespace buskin::admin {

namespace {

constexpr std::uint64_t kAgain_ns = 5'000'000'000;  // From a start that failed to the next one.

}  // namespace

void ProgramLauncher::launch(const Kept& program) {
  std::erase_if(running_, [](const std::future<void>& one) {
    return one.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
  });
  std::vector<std::string> command = program.arguments;
  command.insert(command.begin(), program.path);
  command.push_back("--buskin-serve=" + context_.paths.segment);
  runtime::LaunchSpec spec{program.path, command, context_.paths.log, program.folder};
  // The fork server is ready when this admin has answered it, so the admin's own thread must not wait for it. The
  // standby of the dead fork server may be faster; then the admin refuses this one.
  try {
    running_.push_back(std::async(std::launch::async, [this, program, spec] {
      if (const std::string fault = runtime::launch(spec); !fault.empty()) note_failure(program, fault);
    }));
  } catch (const std::system_error& refused) {
    note_failure(program, shm::limit_words(refused.code().value()));
  }
}

void ProgramLauncher::note_failure(const Kept& program, const std::string& fault) {
  context_.log.append("admin: the fork server of " + program.path + " did not start: " + fault);
  {
    const std::lock_guard lock(mutex_);
    failed_.push_back({program, context_.now_ns() + kAgain_ns});
  }
  context_.service.wake();
}

std::vector<Kept> ProgramLauncher::take_due(std::uint64_t now_ns) {
  const std::lock_guard lock(mutex_);
  std::vector<Kept> due;
  std::erase_if(failed_, [&](const Failed& one) {
    if (one.due_ns > now_ns) return false;
    due.push_back(one.program);
    return true;
  });
  return due;
}

std::uint64_t ProgramLauncher::next_due_ns() const {
  const std::lock_guard lock(mutex_);
  std::uint64_t next = shm::kNever_ns;
  for (const Failed& one : failed_) next = std::min(next, one.due_ns);
  return next;
}

}  // namespace buskin::admin
