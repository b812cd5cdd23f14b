// admin_programs: fork servers come, are used, and go.
#include <algorithm>

#include "admin/daemon/admin.hpp"
#include "api/runtime/launch/launch.hpp"
#include "shm/base/clock.hpp"
#include "system_generated.h"

namespace buskin::admin {

namespace {

std::string text(const flatbuffers::String* value) { return value == nullptr ? std::string() : value->str(); }

}  // namespace

void Admin::register_server(const detail::Incoming& incoming) {
  const auto& said = *detail::View<protocol::Register>(incoming.bytes).get();
  Server server;
  server.program = said.program();
  server.path = text(said.path());
  server.mailbox = shm::ActorId::from_word(said.mailbox());
  server.member = {static_cast<shm::ProcessIndex>(said.process()), said.generation()};
  for (flatbuffers::uoffset_t i = 0; said.types() != nullptr && i < said.types()->size(); ++i) {
    server.types.emplace(said.types()->Get(i), text(said.names()->Get(i)));
  }
  if (members_.meet(server.member) == nullptr) return;  // Gone already.
  const Server* const former = programs_.find(server.program);
  // A server that was killed may be followed before its death is told.
  if (former != nullptr && former->member != server.member && !runtime::lives(segment_, former->member, paths_)) {
    const MemberId dead = former->member;
    bury(dead, end_of(dead));
    // Somebody else is about to have repaired it; its successor must not be refused for that.
    if (const Server* const still = programs_.find(dead)) server_gone(*still);
  }
  const bool is_accepted = phase_ == Phase::Running && programs_.add(server);
  (void)post<protocol::Registered>(server.mailbox, is_accepted);
  // Before those that wait are tried again: a process that is on its way must not get company.
  for (flatbuffers::uoffset_t i = 0; said.children() != nullptr && i < said.children()->size(); ++i) {
    const auto actor = shm::ActorId::from_word(said.children()->Get(i));
    if (is_waiting_to_be_hosted(actor)) on_their_way_[actor.word()] = server.member;
  }
  if (settle_at_ns_ != 0) return has_answered();
  retry_waiting();
}

void Admin::restart_kept(const std::string& path) {
  const Kept* const kept = programs_.find_kept(path);
  if (kept == nullptr || phase_ != Phase::Running) return;
  std::vector<std::string> command = kept->arguments;
  command.insert(command.begin(), path);
  command.push_back("--buskin-serve=" + paths_.segment);
  // It is ready when we have answered it, so somebody else has to wait for that. Its standby may be faster.
  launchers_.emplace_back([this, spec = runtime::LaunchSpec{path, command, paths_.log, kept->folder}] {
    const std::string fault = runtime::launch(spec);
    if (!fault.empty()) log("admin: the fork server of " + spec.executable + " did not start: " + fault);
  });
}

void Admin::keep_program(const detail::Incoming& incoming) {
  const auto& asked = *detail::View<protocol::AddProgram>(incoming.bytes).get();
  Kept kept{text(asked.path()), {}, text(asked.folder())};
  for (flatbuffers::uoffset_t i = 0; asked.arguments() != nullptr && i < asked.arguments()->size(); ++i) {
    kept.arguments.push_back(text(asked.arguments()->Get(i)));
  }
  const auto& servers = programs_.all();
  const bool is_there = std::any_of(servers.begin(), servers.end(), [&](const Server& one) { return one.path == kept.path; });
  if (is_there) programs_.keep(kept);
  answer<protocol::Outcome>(incoming, is_there ? std::string() : kept.path + " has no fork server here");
}

void Admin::remove_program(const detail::Incoming& incoming) {
  const std::string path = text(detail::View<protocol::RemoveProgram>(incoming.bytes).get()->path());
  bool is_found = programs_.unkeep(path);
  const std::vector<Server> servers = programs_.all();
  for (const Server& server : servers) {
    if (server.path != path) continue;
    is_found = true;
    (void)post<protocol::EndServer>(server.mailbox, 0u);
    programs_.remove(server.program);
  }
  answer<protocol::Outcome>(incoming, is_found ? std::string() : "the system has no program " + path);
}

void Admin::list_programs(const detail::Incoming& incoming) {
  std::vector<std::string> lines;
  for (const Server& server : programs_.all()) {
    std::string line = server.path + (programs_.find_kept(server.path) != nullptr ? " (added):" : ":");
    for (const auto& [id, name] : server.types) line += " " + name;
    lines.push_back(line);
  }
  std::vector<std::string_view> views(lines.begin(), lines.end());
  answer<protocol::Programs>(incoming, views);
}

/// Did it take restarts on while we were not there, which are not due yet?
bool Admin::has_restarts(const Server& server) const {
  bool has_some = false;
  shm::for_each_actor(segment_, [&](shm::ActorId, shm::LifeWord life) {
    has_some = has_some || (life.state == shm::LifeState::Notified && life.host == server.member.index);
  });
  return has_some;
}

void Admin::end_unused_servers(std::uint64_t now) {
  std::vector<std::uint64_t> ended;
  // Whose program those will need is not looked at: it is a matter of moments.
  const bool is_anybody_due = !due_.empty() || !waiting_.empty() || !on_their_way_.empty();
  for (Server& server : programs_.all()) {
    const auto& members = members_.all();
    const bool is_used = is_anybody_due || programs_.find_kept(server.path) != nullptr ||
                         std::any_of(members.begin(), members.end(), [&](const auto& member) {
                           return member.second.program == server.program && member.second.role != shm::Role::ForkServer;
                         });
    if (is_used) {
      server.unused_since_ns = 0;
    } else if (server.unused_since_ns == 0) {
      server.unused_since_ns = now;
    } else if (now - server.unused_since_ns >= options_.linger_ns && has_restarts(server)) {
      server.unused_since_ns = now;
    } else if (now - server.unused_since_ns >= options_.linger_ns) {
      (void)post<protocol::EndServer>(server.mailbox, 0u);
      ended.push_back(server.program);
    }
  }
  for (const std::uint64_t program : ended) programs_.remove(program);
}

}  // namespace buskin::admin
