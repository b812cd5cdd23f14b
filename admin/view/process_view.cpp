// ProcessView: read from the table of processes.
#include "admin/view/process_view.hpp"

#include <array>
#include <fstream>
#include <string>

#include "admin/view/words.hpp"
#include "shm/recovery/member.hpp"
#include "shm/segment/process_table.hpp"

namespace buskin::view {

namespace {

constexpr std::array<std::string_view, 6> kRoles = {"client", "admin", "fork server", "actors", "bridge", "tool"};
constexpr std::string_view kStandby = "standby";

/// A standby keeps no mapping, so it has no entry in the table: it is found among the children of its fork server.
void add_standbys(const ProcessView& server, std::vector<ProcessView>& all) {
  const std::string pid = std::to_string(server.pid);
  std::ifstream children("/proc/" + pid + "/task/" + pid + "/children");
  // Ends: with the children that are there now.
  for (std::uint32_t child = 0; children >> child;) {
    std::ifstream arguments("/proc/" + std::to_string(child) + "/cmdline");
    std::string command;
    std::getline(arguments, command, '\0');
    if (command != "buskin: standby") continue;
    all.push_back({.index = 0, .pid = child, .role = kStandby, .title = server.title, .is_alive = true});
  }
}

}  // namespace

std::uint32_t pid_of(const shm::Segment& segment, shm::ProcessIndex index) {
  if (index == shm::ProcessIndex::None || !segment.is_backed(shm::Table::Processes, shm::to_bits(index))) return 0;
  return segment.process(index).pid.read();
}

std::vector<ProcessView> view_processes(const shm::Segment& segment, const runtime::SystemPaths& paths) {
  BUSKIN_CHECK(paths.segment == segment.path());  // The lock bytes of another system would say that all are dead.
  std::vector<ProcessView> all;
  shm::for_each_process(segment, [&](shm::ProcessIndex index, const shm::ProcessEntry& entry, shm::ProcessWord word) {
    if (word.state != shm::ProcessState::Alive) return;
    const bool is_server = entry.role.read() == shm::Role::ForkServer && shm::is_in_own_pid_namespace(entry);
    all.push_back({.index = static_cast<std::uint32_t>(shm::to_bits(index)),
                   .pid = entry.pid.read(),
                   .role = word_for(entry.role.read(), kRoles),
                   .title = text_in(entry.title),
                   .is_alive = shm::is_member_alive(segment, index, paths.lock)});
    if (is_server && all.back().is_alive) add_standbys(ProcessView(all.back()), all);
  });
  return all;
}

}  // namespace buskin::view
