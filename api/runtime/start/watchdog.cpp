// Watchdog: a poll over two processes and an end.
#include "api/runtime/start/watchdog.hpp"

#include <poll.h>

#include <algorithm>
#include <array>
#include <exception>
#include <stdexcept>
#include <string>
#include <utility>

#include "api/runtime/launch/identity.hpp"
#include "api/runtime/launch/launch.hpp"
#include "api/runtime/launch/log_file.hpp"
#include "api/runtime/launch/start_thread.hpp"
#include "api/runtime/recovery/member_facts.hpp"
#include "api/runtime/start/admin_process.hpp"
#include "api/runtime/start/admin_start.hpp"
#include "shm/base/check.hpp"
#include "shm/os/process.hpp"

namespace buskin::runtime {

namespace {

constexpr int kPatience_ms = 200;  ///< How long a standby has time to act first.
constexpr int kPatienceMax_ms = 10'000;

}  // namespace

std::string launch_fork_server(const StartLock& lock, const SystemPaths& paths) {
  BUSKIN_CHECK(lock.path() == paths.lock);  // The lock of another system would let two servers start.
  return launch({path_to_execute(), {own_executable(), "--buskin-serve=" + paths.segment}, paths.log, {}});
}

Watchdog::Watchdog(const shm::Segment& segment, const SystemPaths& paths, const SystemSettings& settings,
                   std::uint64_t program, std::function<void()> on_stop)
    : segment_(segment), paths_(paths), settings_(settings), program_(program), on_stop_(std::move(on_stop)) {
  thread_ = start_thread([this] { run(); });
}

Watchdog::~Watchdog() {
  end_.add();
  thread_.join();
}

/// Waits for that, or while the system is stopping for the end of its admin, which is the last to go.
bool Watchdog::is_told_to_end(const Descriptor& admin, int timeout_ms) const {
  std::array<pollfd, 2> watched{pollfd{end_.fd(), POLLIN, 0}, {admin.fd(), POLLIN, 0}};
  (void)::poll(watched.data(), is_stopping(segment_) ? 2 : 1, timeout_ms);
  return watched[0].revents != 0;
}

void Watchdog::run() {
  int patience = kPatience_ms;
  // Ends: with this object, or with the system.
  while (segment_.check_name().ok()) {
    const Descriptor admin = open_admin(segment_, paths_);
    const std::int32_t pid = server_of(segment_, program_, paths_);
    const Descriptor server(pid != 0 ? shm::open_pidfd(pid) : -1);
    const bool is_whole = admin.fd() >= 0 && (program_ == 0 || server.fd() >= 0);
    std::array<pollfd, 3> watched{pollfd{end_.fd(), POLLIN, 0}, {admin.fd(), POLLIN, 0}, {server.fd(), POLLIN, 0}};
    if (is_whole) (void)::poll(watched.data(), watched.size(), -1);
    // A process that could not be started now may be started later.
    patience = is_whole ? kPatience_ms : std::min(2 * patience, kPatienceMax_ms);
    if (!segment_.check_name().ok()) break;
    if (is_told_to_end(admin, patience)) return;
    start_missing();
  }
  on_stop_();
}

void Watchdog::start_missing() {
  if (is_stopping(segment_)) return;
  try {
    replace_dead_admin(paths_, settings_);
    if (program_ == 0 || server_of(segment_, program_, paths_) != 0) return;
    const StartLock lock(paths_.lock);
    if (server_of(segment_, program_, paths_) != 0 || !has_living_admin(segment_, paths_)) return;
    if (const std::string fault = launch_fork_server(lock, paths_); !fault.empty()) {
      throw std::runtime_error("buskin: " + fault);
    }
  } catch (const std::exception& fault) {
    LogFile(paths_.log).append(fault.what());
  }
}

}  // namespace buskin::runtime
