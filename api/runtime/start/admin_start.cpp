// admin_start: one process starts an admin, under the StartLock.
#include "api/runtime/start/admin_start.hpp"

#include <unistd.h>

#include <cstdlib>
#include <stdexcept>

#include "api/runtime/launch/find_admin.hpp"
#include "api/runtime/launch/launch.hpp"
#include "api/runtime/launch/log_file.hpp"
#include "api/runtime/start/admin_process.hpp"
#include "shm/base/check.hpp"
#include "shm/segment/read_only_segment.hpp"

namespace buskin::runtime {

std::vector<std::string> admin_arguments(const SystemPaths& paths, const SystemSettings& settings) {
  std::vector<std::string> arguments{"buskin-admin", "--segment", paths.segment, "--name", settings.name};
  const auto add = [&](const char* option, std::uint64_t value) {
    arguments.insert(arguments.end(), {option, std::to_string(value)});
  };
  add("--linger-ns", static_cast<std::uint64_t>(linger_of(settings).count()));
  if (settings.memory_max != 0) add("--memory", settings.memory_max);
  if (settings.reset) arguments.emplace_back("--reset");
  if (settings.log_bytes != 0) add("--log-bytes", settings.log_bytes);
  if (settings.log_files != 0) add("--log-files", settings.log_files);
  if (settings.private_system) add("--owner", static_cast<std::uint64_t>(::getpid()));
  return arguments;
}

void start_admin(const StartLock& lock, const SystemPaths& paths, const std::vector<std::string>& arguments) {
  BUSKIN_CHECK(lock.path() == paths.lock);  // The lock of another system would let two admins start.
  const bool has_former_log = has_log(paths.log);
  std::string fault;
  try {
    create_log(paths.log);
    fault = launch({find_admin(), arguments, paths.log, "/"});
    if (fault.empty()) return;
    fault = "buskin: the system did not start: " + fault;
  } catch (const std::runtime_error& missing) {
    fault = missing.what();
  }
  // The lock, and a new log, were made for this start alone.
  if (::access(paths.segment.c_str(), F_OK) != 0) {
    if (!has_former_log) ::unlink(paths.log.c_str());
    ::unlink(paths.lock.c_str());
  }
  throw std::runtime_error(fault);
}

void replace_dead_admin(const StartLock& lock, const SystemPaths& paths, const SystemSettings& settings) {
  const auto segment = shm::ReadOnlySegment::attach(paths.segment);
  // The admin ended in order and removed its segment. The lock file that it removed too was made again by `lock`.
  if (!segment.ok() && ::access(paths.segment.c_str(), F_OK) != 0) ::unlink(paths.lock.c_str());
  if (!segment.ok() || has_living_admin(segment.value(), paths)) return;
  SystemSettings again = settings;
  again.name = segment.value()->superblock().name.data();
  again.reset = false;  // That was for the first start.
  start_admin(lock, paths, admin_arguments(paths, again));
}

void replace_dead_admin(const SystemPaths& paths, const SystemSettings& settings) {
  if (::access(paths.segment.c_str(), F_OK) != 0) return;
  replace_dead_admin(StartLock(paths.lock), paths, settings);
}

}  // namespace buskin::runtime
