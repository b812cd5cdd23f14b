// find_admin: looks in one folder after the other.
#include "api/runtime/launch/find_admin.hpp"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <sstream>
#include <stdexcept>
#include <vector>

#include "api/runtime/launch/identity.hpp"

namespace buskin::runtime {

namespace {

bool is_executable(const std::string& path) { return ::access(path.c_str(), X_OK) == 0; }

}  // namespace

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
  bool is_found = look(own.string()) || look((own.parent_path() / "bin").string());
#ifdef BUSKIN_PROGRAM_FOLDERS
  std::istringstream built(BUSKIN_PROGRAM_FOLDERS);
  for (std::string folder; !is_found && std::getline(built, folder, ':');) is_found = look(folder);
#endif
  const char* const path = std::getenv("PATH");
  std::istringstream folders(path != nullptr ? path : "");
  for (std::string folder; !is_found && std::getline(folders, folder, ':');) is_found = look(folder);
  if (is_found) return places.back();
  std::string sentence = "buskin: the program buskin-admin is missing; set BUSKIN_ADMIN to its path. Looked for:";
  for (const std::string& place : places) sentence += " " + place;
  throw std::runtime_error(sentence);
}

}  // namespace buskin::runtime
