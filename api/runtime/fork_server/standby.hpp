// Standby: an idle process that sleeps until somebody dies.
//
//   its fork server    it takes that one's place, and gets a standby of its own
//   the admin          it starts another one, if the system is still there
//
// It is no member of the system: it has neither a mailbox nor a thread record, and costs some pages. The
// first one is a copy of its fork server, made before that has a thread or a mapping. When it is killed, the
// program is executed anew, for what a server has become is no good to copy.
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

/// What a fork server knows of its standby.
class Standby {
 public:
  /// `command` are the arguments with which this program became a fork server.
  Standby(pid_t pid, std::vector<std::string> command) : pid_(pid), command_(std::move(command)) {}
  Standby(const Standby&) = delete;
  Standby& operator=(const Standby&) = delete;
  /// Ends it.
  ~Standby();

  pid_t pid() const { return pid_; }
  /// It was killed; waited for already.
  void is_gone() { pid_ = 0; }
  /// When renew() is due; never while it lives.
  std::uint64_t due_ns() const;
  /// Starts another one in its place. `fork_alone` forks while this process has no other thread. One that cannot
  /// live is not started all the time.
  void renew(std::uint64_t now_ns, const std::function<pid_t()>& fork_alone);

 private:
  pid_t pid_;
  std::vector<std::string> command_;
  std::uint64_t due_ns_ = 0;
};

/// Runs `serve` in this process, and again in a standby whenever the one that runs it is killed. Begins as the
/// standby of process `server` unless that is 0. Returns in the process in which it returned, with its result.
int serve_with_standby(const SystemPaths& paths, const std::vector<std::string>& command, pid_t server,
                       const std::function<int(Standby&)>& serve);

}  // namespace buskin::runtime
