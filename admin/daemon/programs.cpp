// programs: a small list; a system has a handful.
//
// Floor: admin.
#include "admin/daemon/programs.hpp"

#include <algorithm>

namespace buskin::admin {

bool Programs::add(const Server& server) {
  if (has(server.program)) return false;
  servers_.push_back(server);
  return true;
}

void Programs::remove(MemberId member) {
  std::erase_if(servers_, [&](const Server& server) { return server.member == member; });
}

void Programs::remove(std::uint64_t program) {
  std::erase_if(servers_, [&](const Server& server) { return server.program == program; });
}

const Server* Programs::choose(std::uint64_t type, std::uint64_t program) const {
  const Server* any = nullptr;
  for (const Server& server : servers_) {
    if (!server.types.contains(type)) continue;
    if (server.program == program) return &server;
    if (any == nullptr) any = &server;
  }
  return any;
}

bool Programs::has(std::uint64_t program) const {
  return std::any_of(servers_.begin(), servers_.end(), [&](const Server& one) { return one.program == program; });
}

std::string Programs::known_paths() const {
  std::string paths;
  for (const Server& server : servers_) paths += (paths.empty() ? "" : ", ") + server.path;
  return paths.empty() ? "none" : paths;
}

}  // namespace buskin::admin
