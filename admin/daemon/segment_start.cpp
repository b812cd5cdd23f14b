// segment_start: locks the admin's byte first, then opens or makes the file.
#include "admin/daemon/segment_start.hpp"

#include <unistd.h>

#include <stdexcept>

#include "api/runtime/launch/log_file.hpp"
#include "api/runtime/lifecycle/close.hpp"
#include "shm/recovery/member.hpp"
#include "shm/segment/process_table.hpp"
#include "shm/segment/reserve_layout.hpp"
#include "shm/segment/segment_errors.hpp"

namespace buskin::admin {

namespace {

shm::LockByte take_byte(const AdminOptions& options, const std::string& lock_path) {
  auto byte = shm::LockByte::take(lock_path, runtime::kAdminByte);
  if (byte.ok()) return std::move(byte).value();
  if (byte.error().code == shm::LockFault::Held) {
    throw std::runtime_error("the system " + options.name + " has a living admin already");
  }
  throw std::runtime_error(byte.error().detail);
}

shm::Segment create(const AdminOptions& options) {
  shm::SegmentOptions made;
  made.name = options.name;
  made.counts = shm::system_tables(options.memory_max, shm::room_of(shm::folder_of(options.segment)));
  auto segment = shm::Segment::create(options.segment, made);
  if (!segment.ok()) throw std::runtime_error(segment.error().detail);
  return std::move(segment).value();
}

}  // namespace

bool is_lived_in(const shm::Segment& segment, const runtime::SystemPaths& paths) {
  bool is_lived = false;
  shm::for_each_process(segment, [&](shm::ProcessIndex index, const shm::ProcessEntry&, shm::ProcessWord) {
    is_lived = is_lived || shm::is_member_alive(segment, index, paths.lock);
  });
  return is_lived;
}

Rule take_rule(const AdminOptions& options) {
  const runtime::SystemPaths paths = runtime::paths_of_segment(options.segment);
  shm::LockByte byte = take_byte(options, paths.lock);
  auto found = shm::Segment::attach(options.segment);
  if (!found.ok()) {
    if (found.error().code != shm::SegmentFault::NotFound) throw std::runtime_error(found.error().detail);
    return {std::move(byte), create(options)};
  }
  const bool is_dead = !is_lived_in(found.value(), paths);
  if (!is_dead || !options.is_reset) return {std::move(byte), std::move(found).value(), true, is_dead};
  // A process that still maps the old file keeps its memory.
  ::unlink(options.segment.c_str());
  runtime::LogFile(paths.log).append("admin: discarded the state of the dead system " + options.name);
  return {std::move(byte), create(options)};
}

}  // namespace buskin::admin
