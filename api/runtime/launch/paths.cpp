// Paths: makes paths from names, and names from paths.
#include "api/runtime/launch/paths.hpp"

#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>

#include "shm/base/check.hpp"

namespace buskin::runtime {

namespace {

constexpr std::string_view kLockEnd = ".lock";
constexpr std::string_view kLogEnd = ".log";

std::string user_name() {
  std::array<char, 4096> memory{};
  passwd entry{};
  passwd* found = nullptr;
  const uid_t uid = ::getuid();
  if (::getpwuid_r(uid, &entry, memory.data(), memory.size(), &found) == 0 && found != nullptr) return found->pw_name;
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

std::string prefix() { return "buskin." + user_name() + "."; }

}  // namespace

std::string systems_folder() {
  const char* const chosen = std::getenv("BUSKIN_DIR");
  std::string folder = chosen != nullptr && *chosen != '\0' ? chosen : "/dev/shm";
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
  return paths_of_segment(systems_folder() + "/" + prefix() + system_name);
}

SystemPaths paths_of_segment(const std::string& segment) {
  BUSKIN_CHECK(!segment.empty());  // A private segment has no path.
  return {segment, segment + std::string(kLockEnd), segment + std::string(kLogEnd)};
}

std::string systems_folder_of(const SystemPaths& paths) {
  return std::filesystem::path(paths.segment).parent_path().string();
}

std::vector<std::string> list_systems() {
  std::vector<std::string> names;
  const std::string begin = prefix();
  for (const auto& entry : std::filesystem::directory_iterator(systems_folder())) {
    const std::string file = entry.path().filename().string();
    if (file.starts_with(begin) && is_name(file.substr(begin.size()))) names.push_back(file.substr(begin.size()));
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace buskin::runtime
