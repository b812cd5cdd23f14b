// Watchdog: a thread of a client that starts the processes which its system has lost, when no standby does.
//
// A standby does that too, and is faster. But admin, fork server and standby may be killed together. Then
// only clients are left to start others: an admin, which restarts the actors, and the fork server of their
// own program. The StartLock lets one of several clients do it.
//
// It also sees the end of the system: then the segment has no name any more.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <thread>

#include "api/runtime/launch/descriptor.hpp"
#include "api/runtime/launch/event_fd.hpp"
#include "api/runtime/launch/paths.hpp"
#include "api/runtime/launch/start_lock.hpp"
#include "api/runtime/launch/system_settings.hpp"
#include "shm/segment/segment.hpp"

namespace buskin::runtime {

/// Launches the fork server of this program; `lock` is the system's. Returns an empty text when the server is ready,
/// and a sentence otherwise.
std::string launch_fork_server(const StartLock& lock, const SystemPaths& paths);

class Watchdog {
 public:
  /// `program` is 0 for a client without actors, which has no fork server. The segment outlives this. The thread calls
  /// `on_stop` when the system has stopped, once and last.
  Watchdog(const shm::Segment& segment, const SystemPaths& paths, const SystemSettings& settings, std::uint64_t program,
           std::function<void()> on_stop);
  /// Waits for a start that is under way.
  ~Watchdog();
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

 private:
  void run();
  bool is_told_to_end(const Descriptor& admin, int timeout_ms) const;
  void start_missing();

  const shm::Segment& segment_;
  SystemPaths paths_;
  SystemSettings settings_;
  std::uint64_t program_;
  std::function<void()> on_stop_;
  EventFd end_;  ///< Ends the thread.
  std::thread thread_;
};

}  // namespace buskin::runtime
