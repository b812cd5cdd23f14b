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

namespace buskin::tool {

namespace {

constexpr int kStopTries = 8;  // Each waits for the end of an admin, or starts one after another one was killed.

bool has_living_process(const shm::Segment& segment, const runtime::SystemPaths& paths) {
  const auto processes = view::view_processes(segment, paths);
  return std::any_of(processes.begin(), processes.end(), [](const auto& process) { return process.is_alive; });
}

/// Removes the files of a system whose processes are all dead. False when one of them lives.
bool remove_dead(const runtime::SystemPaths& paths) {
  const runtime::StartLock lock(paths.lock);
  const auto segment = find_segment(paths);
  if (segment && has_living_process(*segment, paths)) return false;
  for (const std::string& path : {paths.segment, paths.log, paths.lock}) ::unlink(path.c_str());
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
    const runtime::AdminProcess admin(*segment);
    AdminLink(paths).send<protocol::Stop>(protocol::Stop(static_cast<std::uint64_t>(choices.deadline_s * 1e9)));
    if (admin.wait_for_end() && !segment->check_name().ok()) return report(choices, true, " is stopped");
  }
  throw std::runtime_error("buskin: the admin of the system " + choices.name + " did not end");
}

}  // namespace buskin::tool
