// ProcessView: one process that is attached to a system.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "api/runtime/launch/paths.hpp"
#include "shm/segment/segment.hpp"

namespace buskin::view {

struct ProcessView {
  std::uint32_t index = 0;  ///< The number of its entry.
  std::uint32_t pid = 0;
  std::string_view role;    ///< client, admin, fork server, standby, actors, bridge or tool.
  std::string title;
  bool is_alive = false;    ///< By the kernel's word. A dead process stays here until it is repaired.
};

/// Every process whose entry says that it is attached, in the order of the entries. Requires the paths of `segment`.
std::vector<ProcessView> view_processes(const shm::Segment& segment, const runtime::SystemPaths& paths);

/// 0 when the index names no entry.
std::uint32_t pid_of(const shm::Segment& segment, shm::ProcessIndex index);

}  // namespace buskin::view
