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
#include "shm/segment/segment.hpp"

namespace buskin::runtime {

std::uint64_t linger_of(const SystemOptions& options) {
  const char* const seconds = std::getenv("BUSKIN_LINGER");
  if (options.linger != SystemOptions{}.linger || seconds == nullptr) return static_cast<std::uint64_t>(options.linger.count());
  char* end = nullptr;
  const double value = std::strtod(seconds, &end);
  if (end == seconds || *end != '\0' || !(value >= 0) || value > 1e6) {
    throw std::runtime_error(std::string("buskin: BUSKIN_LINGER is a number of seconds, and not ") + seconds);
  }
  return static_cast<std::uint64_t>(value * 1e9);
}

std::vector<std::string> admin_arguments(const SystemPaths& paths, const SystemOptions& options) {
  std::vector<std::string> arguments{"buskin-admin", "--segment", paths.segment, "--name", options.name};
  const auto add = [&](const char* option, std::uint64_t value) {
    arguments.insert(arguments.end(), {option, std::to_string(value)});
  };
  add("--linger-ns", linger_of(options));
  if (options.memory_max != 0) add("--memory", options.memory_max);
  if (options.reset) arguments.emplace_back("--reset");
  if (options.private_system) add("--owner", static_cast<std::uint64_t>(::getpid()));
  return arguments;
}

void start_admin(const StartLock& lock, const SystemPaths& paths, const std::vector<std::string>& arguments) {
  BUSKIN_CHECK(lock.path() == paths.lock);  // The lock of another system would let two admins start.
  std::string fault;
  try {
    (void)LogFile::create(paths.log);
    fault = launch({find_admin(), arguments, paths.log, "/"});
    if (fault.empty()) return;
    fault = "buskin: the system did not start: " + fault;
  } catch (const std::runtime_error& missing) {
    fault = missing.what();
  }
  // Log and lock were made for this start alone.
  if (::access(paths.segment.c_str(), F_OK) != 0) {
    ::unlink(paths.log.c_str());
    ::unlink(paths.lock.c_str());
  }
  throw std::runtime_error(fault);
}

void replace_dead_admin(const StartLock& lock, const SystemPaths& paths, const SystemOptions& options) {
  const auto segment = shm::Segment::attach(paths.segment);
  // The admin ended in order and removed its segment. The lock file that it removed too was made again by `lock`.
  if (!segment.ok() && ::access(paths.segment.c_str(), F_OK) != 0) ::unlink(paths.lock.c_str());
  if (!segment.ok() || has_living_admin(segment.value(), paths)) return;
  SystemOptions again = options;
  again.name = segment.value().superblock().name.data();
  again.reset = false;  // That was for the first start.
  start_admin(lock, paths, admin_arguments(paths, again));
}

void replace_dead_admin(const SystemPaths& paths, const SystemOptions& options) {
  if (::access(paths.segment.c_str(), F_OK) != 0) return;
  replace_dead_admin(StartLock(paths.lock), paths, options);
}

}  // namespace buskin::runtime
