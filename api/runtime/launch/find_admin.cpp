// find_admin: looks in one folder after the other.
#include "api/runtime/launch/find_admin.hpp"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <mutex>
#include <sstream>
#include <stdexcept>
#include <vector>

#include "api/runtime/launch/identity.hpp"

namespace buskin::runtime {

namespace {

bool is_executable(const std::string& path) { return ::access(path.c_str(), X_OK) == 0; }

struct Beside {
  std::mutex mutex;  // Guards what follows.
  std::filesystem::path path;
};

Beside& beside() {
  static Beside one;
  return one;
}

/// The folder that look_for_admin_beside() named; empty for none.
std::string folder_beside() {
  const std::lock_guard lock(beside().mutex);
  const std::filesystem::path& named = beside().path;
  if (named.extension() != ".hpp") return named.parent_path().string();
  const std::filesystem::path include = named.parent_path().parent_path();
  if (!named.is_absolute() || include.filename() != "include") return {};
  return (include.parent_path() / "bin").string();
}

}  // namespace

void look_for_admin_beside(const char* path) {
  const std::lock_guard lock(beside().mutex);
  beside().path = path;
}

std::string find_admin() {
  std::vector<std::string> places;
  const auto look = [&](const std::string& folder) {
    places.push_back(folder + "/buskin-admin");
    return is_executable(places.back());
  };
  if (const char* const given = std::getenv("BUSKIN_ADMIN"); given != nullptr && *given != '\0') {
    if (is_executable(given)) return given;
    throw std::runtime_error(std::string("buskin: BUSKIN_ADMIN is ") + given + ", which is not an executable file");
  }
  const std::filesystem::path own = std::filesystem::path(own_executable()).parent_path();
  const std::string own_library = folder_beside();
  bool is_found = !own_library.empty() && look(own_library);
  is_found = is_found || look(own.string()) || look((own.parent_path() / "bin").string());
  const char* const path = std::getenv("PATH");
  std::istringstream folders(path != nullptr ? path : "");
  for (std::string folder; !is_found && std::getline(folders, folder, ':');) is_found = look(folder);
  if (is_found) return places.back();
  std::string sentence = "buskin: the program buskin-admin is missing; set BUSKIN_ADMIN to its path. Looked for:";
  for (const std::string& place : places) sentence += " " + place;
  throw std::runtime_error(sentence);
}

}  // namespace buskin::runtime
