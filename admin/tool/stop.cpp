// stop: the admin ends the system; without an admin, a new one does, or the dead system's files are removed here.
#include "admin/tool/stop.hpp"

#include <unistd.h>

#include <algorithm>
#include <stdexcept>

#include "admin/tool/admin_link.hpp"
#include "admin/tool/print.hpp"
#include "admin/tool/segments.hpp"
#include "admin/view/process_view.hpp"
#include "api/runtime/launch/start_lock.hpp"
#include "api/runtime/start/admin_process.hpp"
#include "api/runtime/start/admin_start.hpp"
#include "shm/os/process.hpp"
#include "shm/segment/system_words.hpp"

namespace buskin::tool {

namespace {

constexpr int kStopTries = 8;         // Each waits for the end of an admin, or starts one after another one was killed.
constexpr int kLook_ms = 500;         // Between two looks at an admin that does not end.
constexpr int kAfterDeadline_ms = 10'000;  // For an admin that kills what is left, and removes the files.

bool has_living_process(const shm::Segment& segment, const runtime::SystemPaths& paths) {
  const auto processes = view::view_processes(segment, paths);
  return std::any_of(processes.begin(), processes.end(), [](const auto& process) { return process.is_alive; });
}

/// Removes the files of a system whose processes are all dead. False when one of them lives.
bool remove_dead(const runtime::SystemPaths& paths) {
  const runtime::StartLock lock(paths.lock);
  const auto segment = find_segment(paths);
  if (segment && has_living_process(*segment, paths)) return false;
  for (const std::string& path : {paths.segment, paths.lock}) ::unlink(path.c_str());
  return true;
}

void start_admin_if_none(const Choices& choices, const runtime::SystemPaths& paths) {
  if (has_admin(paths)) return;
  const runtime::StartLock lock(paths.lock);
  if (has_admin(paths)) return;
  runtime::SystemSettings settings;
  settings.name = choices.name;
  runtime::start_admin(lock, paths, runtime::admin_arguments(paths, settings));
}

[[noreturn]] void fail(const Choices& choices, std::int32_t admin, const std::string& why) {
  const std::string number = std::to_string(admin);
  throw std::runtime_error("buskin: the admin of the system \"" + choices.name + "\", process " + number + ", " + why +
                           " `kill -KILL " + number + "`, then `buskin stop` again");
}

/// No client can join a system that is ending, which needs no order any more.
void ask_to_stop(const shm::Segment& segment, const runtime::SystemPaths& paths, const Choices& choices) {
  try {
    AdminLink(paths).send<protocol::Stop>(protocol::Stop(static_cast<std::uint64_t>(choices.deadline_s * 1e9)));
  } catch (const std::exception&) {
    if (segment.check_name().ok() && !shm::is_ending(segment)) throw;
  }
}

/// Throws when the admin is stopped, or has not ended long after the deadline.
void wait_for_end(const runtime::AdminProcess& admin, std::int32_t pid, const Choices& choices) {
  const int most_ms = static_cast<int>(choices.deadline_s * 1'000) + kAfterDeadline_ms;
  for (int waited_ms = 0; waited_ms < most_ms; waited_ms += kLook_ms) {
    if (admin.wait_for_end(kLook_ms)) return;
    if (shm::is_stopped(pid)) {
      fail(choices, pid, "is stopped by a signal: let it go on with `kill -CONT`, or end it with");
    }
  }
  fail(choices, pid, "did not end; end it with");
}

int report(const Choices& choices, bool was_running, const char* how) {
  print_result(choices, {{"system", choices.name}, {"was_running", was_running}}, "system " + choices.name + how);
  return 0;
}

}  // namespace

int stop(const Choices& choices) {
  BUSKIN_CHECK(choices.deadline_s >= 0);
  const runtime::SystemPaths paths = runtime::paths_of(choices.name);
  const auto segment = find_segment(paths);
  if (!segment) return report(choices, false, " is not running");
  const bool was_running = runtime::has_living_admin(*segment, paths);
  if (!was_running && remove_dead(paths)) return report(choices, false, " was dead; its files are removed");
  // Ends: when the segment is gone; the admin kills what still runs at the deadline.
  for (int tries = 0; tries < kStopTries; ++tries) {
    start_admin_if_none(choices, paths);
    const std::int32_t pid = runtime::admin_pid(*segment);
    const runtime::AdminProcess admin(*segment);
    ask_to_stop(*segment, paths, choices);
    wait_for_end(admin, pid, choices);
    if (!(*segment)->check_name().ok()) return report(choices, true, " is stopped");
  }
  throw std::runtime_error("buskin: the system \"" + choices.name + "\" got a new admin each time; try again");
}

}  // namespace buskin::tool
