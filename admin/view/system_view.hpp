// SystemView: a whole system as its segment shows it.
//
// Nothing is locked and no process is disturbed; it works when all processes are dead. A value may be a moment old,
// and two values need not be of the same moment.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "admin/view/process_view.hpp"

namespace buskin::view {

struct CounterView {
  std::string_view label;
  std::uint64_t total = 0;
};

struct SystemView {
  std::string name;
  bool is_running = false;        ///< Its admin lives.
  std::uint32_t admin_pid = 0;    ///< 0 when no admin lives.
  std::uint64_t admins_count = 0; ///< How many admins it has had.
  std::uint32_t reaper_pid = 0;   ///< The process that repairs at once; 0 for none.
  std::string segment;            ///< Path of the segment.
  std::string log;                ///< Path of the log.
  std::uint64_t memory_used = 0;  ///< Bytes that the file system has given to the segment.
  std::uint64_t memory_max = 0;  ///< Bytes that messages may take; the tables have their own.
  std::vector<ProcessView> processes;
  std::size_t actors_count = 0;   ///< Actors of the user.
  std::vector<CounterView> counters;
};

/// Requires the paths of `segment`.
SystemView view_system(const shm::Segment& segment, const runtime::SystemPaths& paths);

}  // namespace buskin::view
