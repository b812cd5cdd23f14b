// limits: getrlimit(), and the files of the cgroup that counts tasks.
#include "shm/os/limits.hpp"

#include <sys/resource.h>

#include <cerrno>
#include <cstdlib>
#include <optional>
#include <sstream>
#include <system_error>

#include "shm/os/small_file.hpp"

namespace buskin::shm {

namespace {

constexpr std::uint64_t kKiB = 1'024;

std::optional<std::uint64_t> limit_of(__rlimit_resource resource) {
  rlimit limit{};
  if (::getrlimit(resource, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return std::nullopt;
  return limit.rlim_cur;
}

std::string shown(std::optional<std::uint64_t> limit) { return limit ? std::to_string(*limit) : "unlimited"; }

std::string address_space_words() {
  const std::optional<std::uint64_t> bytes = limit_of(RLIMIT_AS);
  return bytes ? "`ulimit -v` is " + std::to_string(*bytes / kKiB) : "`ulimit -v` is unlimited";
}

/// The folder of the cgroup that counts the tasks of this process; empty when it is not known.
std::string pids_folder() {
  std::istringstream lines(read_small_file("/proc/self/cgroup"));
  std::string folder;
  for (std::string line; std::getline(lines, line);) {
    const std::size_t path = line.rfind(':');
    if (path == std::string::npos) continue;
    if (line.find(":pids:") != std::string::npos) return "/sys/fs/cgroup/pids" + line.substr(path + 1);
    if (line.starts_with("0::")) folder = "/sys/fs/cgroup" + line.substr(path + 1);
  }
  return folder;
}

/// The full cgroup, this process's own or one above it, in a sentence; empty when none is full.
std::string full_cgroup() {
  std::string folder = pids_folder();
  // Ends: each turn cuts one folder off.
  while (folder.size() > std::string("/sys/fs/cgroup").size()) {
    const std::string max = read_small_file(folder + "/pids.max");
    const std::string current = read_small_file(folder + "/pids.current");
    const bool is_limited = !max.empty() && !current.empty() && max.front() != 'm';
    if (is_limited && std::strtoull(current.c_str(), nullptr, 10) >= std::strtoull(max.c_str(), nullptr, 10)) {
      return "pids.max of " + folder + " is " + max.substr(0, max.find('\n'));
    }
    folder.resize(folder.rfind('/'));
  }
  return {};
}

std::string tasks_words() {
  if (const std::string full = full_cgroup(); !full.empty()) return full;
  return "no more tasks, or no stack for one: see pids.max of the cgroup; `ulimit -u` is " +
         shown(limit_of(RLIMIT_NPROC)) + ", " + address_space_words();
}

}  // namespace

std::string system_words(int code) { return std::generic_category().message(code); }

std::string limit_words(int code) {
  switch (code) {
    case EAGAIN: return system_words(code) + ": " + tasks_words();
    case EMFILE: return system_words(code) + ": `ulimit -n` is " + shown(limit_of(RLIMIT_NOFILE));
    case ENFILE: return system_words(code) + ": see `sysctl fs.file-max`";
    case ENOMEM:
      return system_words(code) + ": " + address_space_words() +
             (limit_of(RLIMIT_AS) ? "" : "; see `sysctl vm.overcommit_memory vm.max_map_count`");
    default: return system_words(code);
  }
}

std::uint64_t address_space_max() { return limit_of(RLIMIT_AS).value_or(0); }

}  // namespace buskin::shm
