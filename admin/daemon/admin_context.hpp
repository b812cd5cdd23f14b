// AdminContext: what every part of the admin works with: the system that it is the admin of.
//
// The parts (Placement, Restarts, Deaths, ...) have their state to themselves. They share only this, and
// call each other downwards, in the order in which Admin declares them.
#pragma once

#include <cstdint>

#include "admin/daemon/segment_start.hpp"
#include "admin/daemon/timing.hpp"
#include "api/runtime/client/service.hpp"
#include "api/runtime/launch/log_file.hpp"
#include "api/runtime/recovery/members.hpp"

namespace buskin::admin {

using runtime::MemberId;

struct AdminContext {
  const AdminOptions& options;
  const runtime::SystemPaths& paths;
  runtime::LogFile& log;
  runtime::Service& service;
  runtime::Members& members;
  MemberId own;
  std::uint64_t epoch;        ///< How many admins the segment has had.
  std::uint64_t (*now_ns)();  ///< The clock; a test has one of its own.

  shm::Segment& segment() const { return service.segment(); }
  shm::Thread& thread() const { return service.thread(); }
};

}  // namespace buskin::admin
