// AdminProcess: by the word in the superblock, and a pidfd.
#include "api/runtime/start/admin_process.hpp"

#include <poll.h>

#include "api/runtime/recovery/member_facts.hpp"
#include "shm/base/check.hpp"
#include "shm/os/process.hpp"
#include "shm/recovery/member.hpp"

namespace buskin::runtime {

namespace {

Descriptor open_process(std::int32_t pid) {
  BUSKIN_CHECK(pid >= 0);  // A negative number would name a group of processes.
  return Descriptor(pid == 0 ? -1 : shm::open_pidfd(pid));
}

}  // namespace

bool has_living_admin(const shm::Segment& segment, const SystemPaths& paths) {
  return lives(segment, admin_member(segment), paths);
}

std::int32_t admin_pid(const shm::Segment& segment) {
  const shm::MemberId admin = admin_member(segment);
  if (!is_there(segment, admin)) return 0;
  return static_cast<std::int32_t>(segment.process(admin.index).pid.read());
}

Descriptor open_admin(const shm::Segment& segment, const SystemPaths& paths) {
  if (!has_living_admin(segment, paths)) return Descriptor(-1);
  // In another pid namespace the number means no process, or another one.
  const shm::MemberId admin = admin_member(segment);
  return shm::is_in_own_pid_namespace(segment.process(admin.index)) ? open_process(admin_pid(segment)) : Descriptor(-1);
}

AdminProcess::AdminProcess(const shm::Segment& segment) : pidfd_(open_process(admin_pid(segment))) {}

bool AdminProcess::wait_for_end(int at_most_ms) const {
  if (pidfd_.fd() < 0) return true;
  pollfd watched{pidfd_.fd(), POLLIN, 0};
  return ::poll(&watched, 1, at_most_ms) > 0;
}

}  // namespace buskin::runtime
