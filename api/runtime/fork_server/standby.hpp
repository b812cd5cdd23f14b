// Standby: an idle process that sleeps until its fork server or the admin dies.
//
//   its fork server died    the standby takes its place, and gets a standby of its own
//   the admin died          the standby starts another admin, if the system is still there
//
// A standby does not belong to the system: it has neither a mailbox nor a thread record, and costs some
// pages. The first one is a copy of its fork server, made before that has a thread or a mapping. When the
// standby is killed, the program is executed again, because a server that has threads cannot be copied.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "api/runtime/launch/paths.hpp"

namespace buskin::runtime {

/// Argument of a program that is executed to be a standby; the number of its fork server's process follows.
inline constexpr const char* kStandbyArgument = "--buskin-standby=";

/// The standby as its fork server sees it.
class Standby {
 public:
  /// `command` are the arguments with which this program became a fork server.
  Standby(pid_t pid, std::vector<std::string> command) : pid_(pid), command_(std::move(command)) {}
  Standby(const Standby&) = delete;
  Standby& operator=(const Standby&) = delete;
  /// Ends the process.
  ~Standby();

  pid_t pid() const { return pid_; }
  /// The process is dead and was waited for.
  void set_gone() { pid_ = 0; }
  /// When renew() is due; never while the process lives.
  std::uint64_t due_ns() const;
  /// Starts another process in its place. `fork_alone` forks while this process has no other thread. The next
  /// renew() is due a while later, so that a standby which dies at once is not started all the time.
  void renew(std::uint64_t now_ns, const std::function<pid_t()>& fork_alone);

 private:
  pid_t pid_;
  std::vector<std::string> command_;
  std::uint64_t due_ns_ = 0;
};

/// Runs `serve` in this process, and again in a standby whenever the process that runs it is killed. Begins as
/// the standby of process `server` unless that is 0. Throws std::runtime_error with a sentence when this process can
/// have no more descriptors. Returns what `serve` returned, in the process that ran it.
int serve_with_standby(const SystemPaths& paths, const std::vector<std::string>& command, pid_t server,
                       const std::function<int(Standby&)>& serve);

}  // namespace buskin::runtime
