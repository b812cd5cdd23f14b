// Watchdog: a thread of a client that starts what its system has lost, when nobody else does.
//
// A standby is there for that, and is faster. But admin, fork server and standby may be killed together, and
// then only clients are left who can start others: an admin, which restarts the actors, and the fork server of
// their own program. Of several clients one does it, under the StartLock.
#pragma once

#include <cstdint>
#include <string>
#include <thread>

#include "api/runtime/launch/event_fd.hpp"
#include "api/runtime/launch/paths.hpp"
#include "buskin/options.hpp"
#include "shm/segment/segment.hpp"

namespace buskin::runtime {

/// Launches the fork server of this program. Requires the StartLock. Empty when it is ready, else a sentence.
std::string launch_fork_server(const SystemPaths& paths);

class Watchdog {
 public:
  /// `program` is 0 for a client without actors: it has no fork server. The segment outlives this.
  Watchdog(const shm::Segment& segment, const SystemPaths& paths, const SystemOptions& options, std::uint64_t program);
  /// Waits for a start that is under way.
  ~Watchdog();
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

 private:
  void run();
  bool is_told_to_end(int timeout_ms) const;
  void mend();

  const shm::Segment& segment_;
  SystemPaths paths_;
  SystemOptions options_;
  std::uint64_t program_;
  EventFd end_;  ///< Ends the thread.
  std::thread thread_;
};

}  // namespace buskin::runtime
