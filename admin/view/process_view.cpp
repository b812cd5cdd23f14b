// ProcessView: read from the table of processes.
#include "admin/view/process_view.hpp"

#include "admin/view/words.hpp"
#include "shm/recovery/member.hpp"
#include "shm/segment/process_table.hpp"

namespace buskin::view {

namespace {

constexpr std::array<std::string_view, 6> kRoles = {"client", "admin", "fork server", "actors", "bridge", "tool"};

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
    all.push_back({.index = static_cast<std::uint32_t>(shm::to_bits(index)),
                   .pid = entry.pid.read(),
                   .role = word_for(entry.role.read(), kRoles),
                   .title = text_in(entry.title),
                   .is_alive = shm::is_member_alive(segment, index, paths.lock)});
  });
  return all;
}

}  // namespace buskin::view
