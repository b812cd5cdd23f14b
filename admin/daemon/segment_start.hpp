// segment_start: makes this process the admin of a system, and makes or finds its segment.
#pragma once

#include <cstdint>
#include <string>

#include "api/runtime/launch/paths.hpp"
#include "shm/os/lock_byte.hpp"
#include "shm/segment/segment.hpp"

namespace buskin::admin {

struct AdminOptions {
  std::string segment;  ///< Path of the segment; lock file and log lie beside it.
  std::string name = "default";
  std::uint64_t linger_ns = 10'000'000'000;
  std::uint64_t memory_max = 0;  ///< Most bytes of message memory; 0: the default.
  std::uint64_t log_bytes = 0;   ///< Bytes of one file of the log; 0: the default.
  std::uint32_t log_files = 0;   ///< How many files of the log are kept; 0: the default.
  std::int32_t owner = 0;        ///< Pid of the process that the system ends with; 0: none.
  bool is_staying = false;       ///< The system ends only when it is stopped.
  bool is_reset = false;         ///< Discards the state of a system whose processes are all dead.
};

struct Rule {
  shm::LockByte byte;  ///< The other processes see by it that this admin lives.
  shm::Segment segment;
  bool is_found = false;    ///< A former admin made the segment.
  bool is_resumed = false;  ///< All processes of that system are dead.
};

/// The process that starts the admin must hold the StartLock. Throws std::runtime_error with a sentence.
Rule take_rule(const AdminOptions& options);

/// Is any process that is attached to the segment alive?
bool is_lived_in(const shm::Segment& segment, const runtime::SystemPaths& paths);

}  // namespace buskin::admin
