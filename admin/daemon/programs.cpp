// Programs: lists, because a system has a handful of them.
#include "admin/daemon/programs.hpp"

#include <algorithm>

#include "shm/base/check.hpp"

namespace buskin::admin {

bool Programs::add(const Server& server) {
  if (has(server.program)) return false;
  servers_.push_back(server);
  return true;
}

bool Programs::remove(shm::MemberId member) {
  return std::erase_if(servers_, [&](const Server& server) { return server.member == member; }) != 0;
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

const Server* Programs::find(std::uint64_t program) const {
  const auto found =
      std::find_if(servers_.begin(), servers_.end(), [&](const Server& one) { return one.program == program; });
  return found == servers_.end() ? nullptr : &*found;
}

const Server* Programs::find(shm::MemberId member) const {
  const auto found =
      std::find_if(servers_.begin(), servers_.end(), [&](const Server& one) { return one.member == member; });
  return found == servers_.end() ? nullptr : &*found;
}

bool Programs::has_path(const std::string& path) const {
  return std::any_of(servers_.begin(), servers_.end(), [&](const Server& server) { return server.path == path; });
}

void Programs::keep(const Kept& kept) {
  (void)unkeep(kept.path);
  BUSKIN_CHECK(find_kept(kept.path) == nullptr);  // Otherwise it would be started twice.
  kept_.push_back(kept);
}

bool Programs::unkeep(const std::string& path) {
  return std::erase_if(kept_, [&](const Kept& kept) { return kept.path == path; }) != 0;
}

const Kept* Programs::find_kept(const std::string& path) const {
  const auto found = std::find_if(kept_.begin(), kept_.end(), [&](const Kept& kept) { return kept.path == path; });
  return found == kept_.end() ? nullptr : &*found;
}

std::string Programs::known_paths() const {
  std::string paths;
  for (const Server& server : servers_) paths += (paths.empty() ? "" : ", ") + server.path;
  return paths.empty() ? "none" : paths;
}

}  // namespace buskin::admin
