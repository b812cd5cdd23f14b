// attach: the ways to a living system.
//
//   no segment, or no living admin   take the start lock, look again, start an admin
//   the system is ending             wait for the death of its admin, then look again
//   otherwise                        join
#include "api/runtime/start/attach.hpp"

#include <unistd.h>

#include <chrono>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>

#include "api/runtime/launch/start_lock.hpp"
#include "api/runtime/start/admin_process.hpp"
#include "api/runtime/start/admin_start.hpp"
#include "shm/base/check.hpp"
#include "shm/segment/read_only_segment.hpp"
#include "shm/segment/system_words.hpp"

namespace buskin::runtime {

namespace {

constexpr int kTriesMax = 16;       // Systems of this name that may end, one after the other, while we join.
constexpr int kStartTriesMax = 20;  // Admins that may be killed while they start, or that another one may forestall.
constexpr auto kStartPause = std::chrono::milliseconds(50);

/// A segment with a living admin. Throws when the file is there and cannot be used.
std::optional<shm::Segment> attach_living(const SystemPaths& paths) {
  auto segment = shm::Segment::attach(paths.segment);
  // Vanished: removed by its admin between our open and our look at its name.
  if (!segment.ok() && (segment.error().code == shm::SegmentFault::NotFound ||
                        segment.error().code == shm::SegmentFault::Vanished)) {
    return std::nullopt;
  }
  if (!segment.ok()) throw std::runtime_error("buskin: " + segment.error().detail);
  if (!has_living_admin(segment.value(), paths)) return std::nullopt;
  return std::move(segment).value();
}

/// Does the same system live on, and is it not ending?
bool still_lives(const SystemPaths& paths, std::uint64_t system) {
  const auto segment = shm::ReadOnlySegment::attach(paths.segment);
  return segment.ok() && segment.value()->system_id() == system && !shm::is_ending(segment.value());
}

/// Starts an admin unless one lives. Returns why it did not start: it was killed meanwhile, another one was faster, or
/// the kernel refused something. The segment is there then, and the caller looks again. Throws when it is not.
std::string start_here(const SystemPaths& paths, const SystemSettings& settings) {
  const StartLock lock(paths.lock);
  if (attach_living(paths)) return {};
  try {
    start_admin(lock, paths, admin_arguments(paths, settings));
  } catch (const std::runtime_error& fault) {
    if (::access(paths.segment.c_str(), F_OK) != 0) throw;
    return fault.what();
  }
  return {};
}

shm::Segment attach_or_start(const SystemPaths& paths, const SystemSettings& settings) {
  std::string fault;
  for (int tries = 0; tries < kStartTriesMax; ++tries) {
    if (auto segment = attach_living(paths)) return std::move(*segment);
    std::string refused = start_here(paths, settings);
    if (refused.empty()) continue;
    fault = std::move(refused);
    std::this_thread::sleep_for(kStartPause);
  }
  throw std::runtime_error("buskin: buskin-admin exited during startup " + std::to_string(kStartTriesMax) +
                           " times in a row; see " + paths.log + "; the last time: " + fault);
}

}  // namespace

std::unique_ptr<Host> join_system(const SystemPaths& paths, const SystemSettings& settings, const NodeOptions& node,
                                  const MakeSpawner& make_spawner) {
  BUSKIN_CHECK(node.lock_path == paths.lock);  // Its byte there is the proof that this process lives.
  for (int tries = 0; tries < kTriesMax; ++tries) {
    shm::Segment segment = attach_or_start(paths, settings);
    const AdminProcess admin(segment);
    const std::uint64_t system = segment.system_id();
    try {
      if (!shm::is_ending(segment)) return std::make_unique<Host>(std::move(segment), node, make_spawner());
    } catch (const std::runtime_error&) {
      // An admin that was about to end takes that back when it sees this process, which may join at the next try.
      if (still_lives(paths, system) && tries + 1 < kTriesMax) continue;
      if (still_lives(paths, system)) throw;
    }
    if (!admin.wait_for_end()) break;
  }
  throw std::runtime_error("buskin: the system " + settings.name + " is ending and does not end; see `buskin status`");
}

}  // namespace buskin::runtime
