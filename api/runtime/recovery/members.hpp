// Members: the processes that an admin or a fork server knows and watches.
//
// The truth is the process table in the segment. Members holds what this process has seen of it, so
// that it can tell a death from an orderly end.
//
// Threads: one.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "api/runtime/recovery/process_watch.hpp"
#include "shm/segment/process_entry.hpp"
#include "shm/segment/segment.hpp"

namespace buskin::runtime {

struct Known {
  shm::MemberId id{};
  std::int32_t pid = 0;
  std::uint64_t start_time = 0;
  shm::Role role{};
  std::uint64_t program = 0;
  shm::ActorId actor{};  ///< The actor that it was forked for; none for other processes.
  bool is_watched = false;  ///< The watch reports its death. Otherwise take_unseen_deaths() does.
};

class Members {
 public:
  Members(shm::Segment& segment, ProcessWatch& watch, shm::ProcessIndex own)
      : segment_(segment), watch_(watch), own_(own) {}

  /// Watches this life of the entry from now on. Null when it is over already, or is this process.
  Known* meet(shm::MemberId id);
  /// Watches all processes in the table.
  void meet_all();
  Known* find(shm::MemberId id);
  /// The process of this number that was forked for `actor`, or has not said for which one. Processes of several pid
  /// namespaces may have one number.
  Known* find_pid(std::int32_t pid, shm::ActorId actor);
  void forget(shm::MemberId id) { known_.erase(id.index); }
  /// Is this life of the entry over? The process left in order, or it is dead: repaired already, or under repair.
  bool has_left(shm::MemberId id) const;
  std::map<shm::ProcessIndex, Known>& all() { return known_; }

  /// The dead ones of those that the watch does not watch: of another pid namespace, for example. None before
  /// next_look_ns(). Cost: a look at the lock file for each.
  std::vector<shm::MemberId> take_unseen_deaths(std::uint64_t now_ns, const std::string& lock_path);
  /// When to look for them again; kNever_ns while all are watched.
  std::uint64_t next_look_ns() const;

  /// How many other processes of this role the table holds.
  std::size_t count(shm::Role role) const;
  /// Sends SIGKILL, unless another process has got the number of the one that joined.
  void kill(const Known& known) const;

 private:
  shm::Segment& segment_;
  ProcessWatch& watch_;
  shm::ProcessIndex own_;
  std::map<shm::ProcessIndex, Known> known_;
  std::uint64_t look_at_ns_ = 0;
};

}  // namespace buskin::runtime
