// attach: the ways to a living system.
//
//   no segment, or no living admin   take the start lock, look again, start one
//   ending                           wait for its admin's death, then as above
//   else                             join
#include "api/runtime/start/attach.hpp"

#include <poll.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <optional>
#include <stdexcept>
#include <thread>
#include <utility>

#include "api/runtime/launch/launch.hpp"
#include "api/runtime/launch/log_file.hpp"
#include "api/runtime/recovery/reaper_role.hpp"
#include "api/runtime/launch/start_lock.hpp"
#include "shm/os/process.hpp"
#include "shm/segment/system_words.hpp"

namespace buskin::runtime {

namespace {

constexpr int kTriesMax = 16;          // How often a system may end under our hands.
constexpr int kStartTriesMax = 20;     // Admins that may be killed, or that another one may forestall.
constexpr auto kStartPause = std::chrono::milliseconds(50);
constexpr int kAdminEndMax_ms = 15'000;

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

/// Is it this system, with no end in sight?
bool still_lives(const SystemPaths& paths, std::uint64_t system) {
  const auto segment = shm::Segment::attach(paths.segment);
  return segment.ok() && segment.value().system_id() == system && !shm::is_ending(segment.value());
}

/// Starts an admin unless there is one. False: it was killed while it started, or another one was faster;
/// both leave the segment to whoever looks again. Throws when no admin can be started.
bool start_here(const SystemPaths& paths, const SystemOptions& options) {
  const StartLock lock(paths.lock);
  if (attach_living(paths)) return true;
  try {
    start_admin(paths, admin_arguments(paths, options));
  } catch (const std::runtime_error&) {
    if (::access(paths.segment.c_str(), F_OK) != 0) throw;
    return false;
  }
  return true;
}

shm::Segment attach_or_start(const SystemPaths& paths, const SystemOptions& options) {
  for (int tries = 0; tries < kStartTriesMax; ++tries) {
    if (auto segment = attach_living(paths)) return std::move(*segment);
    if (!start_here(paths, options)) std::this_thread::sleep_for(kStartPause);
  }
  throw std::runtime_error("buskin: buskin-admin was started " + std::to_string(kStartTriesMax) +
                           " times and is gone each time; see " + paths.log);
}

}  // namespace

std::int32_t admin_pid(const shm::Segment& segment) {
  const MemberId admin = admin_member(segment);
  if (!is_there(segment, admin)) return 0;
  return static_cast<std::int32_t>(segment.process(admin.index).pid.read());
}

Watched::Watched(const shm::Segment& segment) {
  if (const std::int32_t pid = admin_pid(segment); pid != 0) pidfd_ = shm::open_pidfd(pid);
}

Watched::Watched(Watched&& other) noexcept : pidfd_(std::exchange(other.pidfd_, -1)) {}

Watched& Watched::operator=(Watched&& other) noexcept {
  std::swap(pidfd_, other.pidfd_);
  return *this;
}

Watched::~Watched() {
  if (pidfd_ >= 0) ::close(pidfd_);
}

bool Watched::wait_for_end() const {
  if (pidfd_ < 0) return true;
  pollfd watched{pidfd_, POLLIN, 0};
  return ::poll(&watched, 1, kAdminEndMax_ms) > 0;
}

bool has_living_admin(const shm::Segment& segment, const SystemPaths& paths) {
  return lives(segment, admin_member(segment), paths);
}

std::uint64_t linger_of(const SystemOptions& options) {
  const char* const seconds = std::getenv("BUSKIN_LINGER");
  if (options.linger != SystemOptions{}.linger || seconds == nullptr) return static_cast<std::uint64_t>(options.linger.count());
  char* end = nullptr;
  const double value = std::strtod(seconds, &end);
  if (end == seconds || *end != '\0' || !(value >= 0) || value > 1e6) {
    throw std::runtime_error(std::string("buskin: BUSKIN_LINGER is a number of seconds, and not ") + seconds);
  }
  return static_cast<std::uint64_t>(value * 1e9);
}

std::vector<std::string> admin_arguments(const SystemPaths& paths, const SystemOptions& options) {
  std::vector<std::string> arguments{"buskin-admin", "--segment", paths.segment, "--name", options.name};
  const auto add = [&](const char* option, std::uint64_t value) {
    arguments.insert(arguments.end(), {option, std::to_string(value)});
  };
  add("--linger-ns", linger_of(options));
  if (options.memory_max != 0) add("--memory", options.memory_max);
  if (options.reset) arguments.emplace_back("--reset");
  if (options.private_system) add("--owner", static_cast<std::uint64_t>(::getpid()));
  return arguments;
}

void start_admin(const SystemPaths& paths, const std::vector<std::string>& arguments) {
  std::string fault;
  try {
    (void)LogFile::create(paths.log);
    fault = launch({find_admin(), arguments, paths.log, "/"});
    if (fault.empty()) return;
    fault = "buskin: the system did not start: " + fault;
  } catch (const std::runtime_error& missing) {
    fault = missing.what();
  }
  // What was only made to start it goes again.
  if (::access(paths.segment.c_str(), F_OK) != 0) {
    ::unlink(paths.log.c_str());
    ::unlink(paths.lock.c_str());
  }
  throw std::runtime_error(fault);
}

void start_admin_again(const SystemPaths& paths, const SystemOptions& options) {
  const auto segment = shm::Segment::attach(paths.segment);
  // It ended in order, and took its segment with it. Its lock was made anew by our look at it.
  if (!segment.ok() && ::access(paths.segment.c_str(), F_OK) != 0) ::unlink(paths.lock.c_str());
  if (!segment.ok() || has_living_admin(segment.value(), paths)) return;
  SystemOptions again = options;
  again.name = segment.value().superblock().name.data();
  again.reset = false;  // It was at the beginning.
  start_admin(paths, admin_arguments(paths, again));
}

void revive_admin(const SystemPaths& paths, const SystemOptions& options) {
  if (::access(paths.segment.c_str(), F_OK) != 0) return;
  const StartLock lock(paths.lock);
  start_admin_again(paths, options);
}

int open_admin_pidfd(const shm::Segment& segment, const SystemPaths& paths) {
  return has_living_admin(segment, paths) ? shm::open_pidfd(admin_pid(segment)) : -1;
}

std::unique_ptr<Host> join_system(const SystemPaths& paths, const SystemOptions& options, const NodeOptions& node,
                                  const MakeSpawner& make_spawner) {
  for (int tries = 0; tries < kTriesMax; ++tries) {
    shm::Segment segment = attach_or_start(paths, options);
    const Watched admin(segment);
    const std::uint64_t system = segment.system_id();
    try {
      if (!shm::is_ending(segment)) return std::make_unique<Host>(std::move(segment), node, make_spawner());
    } catch (const std::runtime_error&) {
      // An admin that was about to end takes that back when it sees us: then we are welcome at the next try.
      if (still_lives(paths, system) && tries + 1 < kTriesMax) continue;
      if (still_lives(paths, system)) throw;
    }
    if (!admin.wait_for_end()) break;
  }
  throw std::runtime_error("buskin: the system " + options.name + " is ending and does not end; see `buskin status`");
}

}  // namespace buskin::runtime
