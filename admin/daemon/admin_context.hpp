// AdminContext: the things that all parts of the admin share: the system, and the admin's place in it.
//
// Each part (Placement, Restarts, Deaths, ...) keeps its own state. A part calls only parts that Admin declares
// before it.
#pragma once

#include <cstdint>

#include "admin/daemon/segment_start.hpp"
#include "admin/daemon/timing.hpp"
#include "api/runtime/client/service.hpp"
#include "api/runtime/launch/log_file.hpp"
#include "api/runtime/recovery/members.hpp"

namespace buskin::admin {


struct AdminContext {
  const AdminOptions& options;
  const runtime::SystemPaths& paths;
  runtime::SystemLog& log;
  runtime::Service& service;
  runtime::Members& members;
  shm::MemberId own;
  std::uint64_t epoch;        ///< The number of this admin: the first one of a segment has 1.
  std::uint64_t (*now_ns)();  ///< The clock. A test passes one that it can set.

  shm::Segment& segment() const { return service.segment(); }
  shm::Thread& thread() const { return service.thread(); }
};

}  // namespace buskin::admin
