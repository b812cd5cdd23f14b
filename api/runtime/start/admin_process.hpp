// AdminProcess: the process that is the admin of a system, seen from outside.
#pragma once

#include <cstdint>

#include "api/runtime/launch/descriptor.hpp"
#include "api/runtime/launch/paths.hpp"
#include "shm/segment/segment.hpp"

namespace buskin::runtime {

/// Does an admin live in this system?
bool has_living_admin(const shm::Segment& segment, const SystemPaths& paths);

/// The number of the process that named itself the admin last; 0 when none has, or its death was repaired.
std::int32_t admin_pid(const shm::Segment& segment);

/// A pidfd of the living admin; none when no admin lives.
Descriptor open_admin(const shm::Segment& segment, const SystemPaths& paths);

/// The admin of a moment, whose end can be waited for.
class AdminProcess {
 public:
  AdminProcess() : pidfd_(-1) {}
  explicit AdminProcess(const shm::Segment& segment);
  /// Waits until it is dead, at most kAdminEndMax_ms. False when it still lives.
  bool wait_for_end() const { return wait_for_end(kAdminEndMax_ms); }
  bool wait_for_end(int at_most_ms) const;

 private:
  static constexpr int kAdminEndMax_ms = 15'000;

  Descriptor pidfd_;
};

}  // namespace buskin::runtime
