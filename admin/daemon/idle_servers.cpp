// IdleServers: checks each program whenever the admin is awake.
#include "admin/daemon/idle_servers.hpp"

#include <algorithm>

#include "shm/actor/actors.hpp"
#include "shm/base/clock.hpp"
#include "system_generated.h"

namespace buskin::admin {

bool IdleServers::is_used(const Server& server) const {
  // An actor in the schedule may need any program. It leaves the schedule soon, so all are kept until then.
  if (!schedule_.is_empty() || programs_.find_kept(server.path) != nullptr) return true;
  const auto& members = context_.members.all();
  return std::any_of(members.begin(), members.end(), [&](const auto& member) {
    return member.second.program == server.program && member.second.role != shm::Role::ForkServer;
  });
}

/// Does it owe restarts? It took them on while there was no admin, and they are not due yet.
bool IdleServers::has_restarts(const Server& server) const {
  bool has_some = false;
  shm::for_each_actor(context_.segment(), [&](shm::ActorId, shm::LifeWord life) {
    has_some = has_some || (life.state == shm::LifeState::Notified && life.host == server.member.index);
  });
  return has_some;
}

void IdleServers::tick(std::uint64_t now_ns) {
  std::map<std::uint64_t, std::uint64_t> idle;
  std::vector<std::uint64_t> ended;
  for (const Server& server : programs_.all()) {
    if (is_used(server)) continue;
    const auto known = idle_since_ns_.find(server.program);
    const std::uint64_t since = known == idle_since_ns_.end() ? now_ns : known->second;
    if (now_ns < since + context_.options.linger_ns) {
      idle.emplace(server.program, since);
    } else if (has_restarts(server)) {
      idle.emplace(server.program, now_ns);
    } else {
      (void)context_.service.post<protocol::EndServer>(server.mailbox, 0u);
      ended.push_back(server.program);
    }
  }
  for (const std::uint64_t program : ended) programs_.remove(program);
  idle_since_ns_ = std::move(idle);
}

std::uint64_t IdleServers::next_ns() const {
  std::uint64_t next = shm::kNever_ns;
  for (const auto& [program, since] : idle_since_ns_) next = std::min(next, since + context_.options.linger_ns);
  return next;
}

}  // namespace buskin::admin
