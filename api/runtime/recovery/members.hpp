// Members: the processes that an admin or a fork server knows and watches.
//
// The truth is the process table in the segment; here is what one of them has seen of it, so that
// a death is told apart from an orderly end.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "api/runtime/recovery/process_watch.hpp"
#include "shm/segment/process_entry.hpp"
#include "shm/segment/segment.hpp"

namespace buskin::runtime {

/// How long a death waits for the fork server to say how it came; it hears of it at the same time as we.
inline constexpr std::uint64_t kStatusMax_ns = 20'000'000;

struct Known {
  MemberId id{};
  std::int32_t pid = 0;
  std::uint64_t start_time = 0;
  shm::Role role{};
  std::uint64_t program = 0;
  shm::ActorId actor{};             ///< For which it was forked; none for others.
};

class Members {
 public:
  Members(shm::Segment& segment, ProcessWatch& watch, shm::ProcessIndex own) : segment_(segment), watch_(watch), own_(own) {}

  /// Watches this life of the entry from now on. Null when it is over already.
  Known* meet(MemberId id);
  /// Watches all that are in the table.
  void meet_all();
  Known* find(MemberId id);
  Known* find_pid(std::int32_t pid);
  void forget(MemberId id) { known_.erase(id.index); }
  /// Left without a word, or with one: this life of the entry is over.
  bool has_left(MemberId id) const;
  std::map<shm::ProcessIndex, Known>& all() { return known_; }

  /// Others than this process that the table says are there.
  std::size_t count(shm::Role role) const;
  /// SIGKILL, if it is still the process that joined.
  void kill(const Known& known) const;

 private:
  shm::Segment& segment_;
  ProcessWatch& watch_;
  shm::ProcessIndex own_;
  std::map<shm::ProcessIndex, Known> known_;
};

/// How a process ended, by what wait() said of it.
std::string end_of_process(int status);
/// The same of one that is dead, from what the kernel shows of it; empty when its parent has seen it.
std::string look_at_end(const Known& known);

}  // namespace buskin::runtime
