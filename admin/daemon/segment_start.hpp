// segment_start: the segment that an admin rules: made by it, or found.
#pragma once

#include <cstdint>
#include <string>

#include "api/runtime/launch/paths.hpp"
#include "shm/os/lock_byte.hpp"
#include "shm/segment/segment.hpp"

namespace buskin::admin {

struct AdminOptions {
  std::string segment;             ///< Its path; lock file and log lie beside it.
  std::string name = "default";
  std::uint64_t linger_ns = 10'000'000'000;
  std::uint64_t memory_max = 0;    ///< Bytes of message memory; 0: the default.
  std::int32_t owner = 0;          ///< The system ends with this process; 0: with nobody.
  bool is_staying = false;         ///< Ends only when it is told to.
  bool is_reset = false;           ///< Begins anew when nobody lives in a segment that was left.
};

struct Rule {
  shm::LockByte byte;     ///< Proof that this admin lives.
  shm::Segment segment;
  bool is_found = false;    ///< Left by a former admin.
  bool is_resumed = false;  ///< And nobody lives in it.
};

/// Requires the StartLock, which whoever starts an admin has. Throws std::runtime_error with a sentence.
Rule take_rule(const AdminOptions& options);

/// Does any process live that is attached to it?
bool is_lived_in(const shm::Segment& segment, const runtime::SystemPaths& paths);

}  // namespace buskin::admin
