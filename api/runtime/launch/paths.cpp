// Paths: makes paths from names, and names from paths.
#include "api/runtime/launch/paths.hpp"

#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>

#include "shm/base/check.hpp"
#include "shm/os/limits.hpp"

namespace buskin::runtime {

namespace {

constexpr std::string_view kLockEnd = ".lock";
constexpr std::string_view kLogEnd = ".log";
constexpr const char* kMemoryFolder = "/dev/shm";

std::string user_name() {
  std::array<char, 4096> memory{};
  passwd entry{};
  passwd* found = nullptr;
  const uid_t uid = ::getuid();
  const int code = ::getpwuid_r(uid, &entry, memory.data(), memory.size(), &found);
  if (code == 0 && found != nullptr) return found->pw_name;
  // Another name would be another system.
  if (code == EMFILE || code == ENFILE || code == ENOMEM) {
    throw std::runtime_error("buskin: cannot look for the name of this user: " + shm::limit_words(code));
  }
  return std::to_string(uid);  // In a container, a user may have no name.
}

bool is_name(std::string_view name) {
  const bool is_spelt = !name.empty() && name.size() <= 63 && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
           c == '-';
  });
  // These would be the names of another system's lock file or log.
  return is_spelt && !name.ends_with(kLockEnd) && !name.ends_with(kLogEnd);
}

/// Does the name end as that of a file which was turned over, or would it without the `_` behind it?
bool ends_in_number(std::string_view name) {
  const std::size_t last = name.find_last_not_of('_');
  const std::size_t before = name.find_last_not_of("0123456789", last);
  return last != std::string_view::npos && before != last && before != std::string_view::npos && name[before] == '.';
}

/// The value of a variable that is set to something.
const char* variable(const char* name) {
  const char* const value = std::getenv(name);
  return value != nullptr && *value != '\0' ? value : nullptr;
}

/// Where programs of this user keep what outlives them; empty when there is no such folder.
std::string state_folder() {
  const char* const state = variable("XDG_STATE_HOME");
  const char* const home = variable("HOME");
  if (state == nullptr && home == nullptr) return {};
  const std::string folder = (state != nullptr ? state : std::string(home) + "/.local/state") + "/buskin";
  std::error_code fault;
  std::filesystem::create_directories(folder, fault);
  return folder.starts_with('/') && ::access(folder.c_str(), W_OK | X_OK) == 0 ? folder : std::string();
}

std::string logs_folder_of(const std::string& systems_folder) {
  if (const char* const chosen = variable("BUSKIN_LOGS")) {
    if (*chosen == '/') return chosen;
    // The admin has another working directory, where a relative path would lead elsewhere.
    throw std::runtime_error("buskin: BUSKIN_LOGS is an absolute path, and not " + std::string(chosen));
  }
  const std::string state = systems_folder == kMemoryFolder ? state_folder() : std::string();
  return state.empty() ? systems_folder : state;
}

}  // namespace

std::string systems_folder() {
  const char* const chosen = variable("BUSKIN_DIR");
  std::string folder = chosen != nullptr ? chosen : kMemoryFolder;
  std::error_code fault;
  if (!std::filesystem::is_directory(folder, fault)) {
    throw std::runtime_error("buskin: there is no folder " + folder +
                             " for segments; set BUSKIN_DIR to one in a memory file system");
  }
  // The admin has another working directory, where a relative path would lead elsewhere.
  return std::filesystem::absolute(folder).string();
}

void check_system_name(const std::string& name) {
  if (is_name(name)) return;
  throw std::runtime_error(
      "buskin: a system's name is 1 to 63 letters, digits, . _ - and ends neither in .lock nor in .log, unlike '" +
      name + "'");
}

SystemPaths paths_of(const std::string& system_name) {
  check_system_name(system_name);
  return paths_of_segment(systems_folder() + "/" + systems_prefix() + system_name);
}

SystemPaths paths_of_segment(const std::string& segment) {
  BUSKIN_CHECK(!segment.empty());  // A private segment has no path.
  const std::filesystem::path path(segment);
  return {segment, segment + std::string(kLockEnd),
          logs_folder_of(path.parent_path().string()) + "/" + log_name_of(path.filename().string())};
}

std::string systems_prefix() { return "buskin." + user_name() + "."; }

std::string log_name_of(const std::string& segment_name) {
  return segment_name + (ends_in_number(segment_name) ? "_" : "") + std::string(kLogEnd);
}

std::string segment_name_of(const std::string& log_name) {
  std::string name = log_name.substr(0, log_name.size() - std::min(log_name.size(), kLogEnd.size()));
  if (name.ends_with('_') && ends_in_number(name)) name.pop_back();
  return name;
}

std::string systems_folder_of(const SystemPaths& paths) {
  return std::filesystem::path(paths.segment).parent_path().string();
}

std::vector<std::string> list_systems() {
  std::vector<std::string> names;
  const std::string begin = systems_prefix();
  for (const auto& entry : std::filesystem::directory_iterator(systems_folder())) {
    const std::string file = entry.path().filename().string();
    if (file.starts_with(begin) && is_name(file.substr(begin.size()))) names.push_back(file.substr(begin.size()));
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace buskin::runtime
