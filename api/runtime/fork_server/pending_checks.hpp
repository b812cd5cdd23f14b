// PendingChecks: what a deputy looks at later, unless another process has dealt with it by then.
//
// Threads: one. Cost: O(log n) for n checks.
#pragma once

#include <cstdint>
#include <map>
#include <unordered_map>
#include <vector>

#include "api/runtime/recovery/process_end.hpp"
#include "shm/base/clock.hpp"
#include "shm/base/ids.hpp"

namespace buskin::runtime {

struct PendingCheck {
  shm::MemberId member{};     ///< A dead process that may not be repaired; none: only the actor.
  shm::ActorId actor{};  ///< One that may have no process; none: all that the process hosted.
  ProcessEnd end{};      ///< For the log and for the parent, in case nobody has repaired it.

  bool has_member() const { return member.index != shm::ProcessIndex::None; }
  bool has_actor() const { return actor.index != shm::ActorIndex::None; }
};

class PendingChecks {
 public:
  /// A check of nothing is a mistake.
  void add(PendingCheck check, std::uint64_t at_ns);
  /// Takes out the checks of up to `now_ns`, the earliest first.
  std::vector<PendingCheck> take_due(std::uint64_t now_ns);
  /// When the next one is due; kNever_ns for none.
  std::uint64_t next_ns() const { return checks_.empty() ? shm::kNever_ns : checks_.begin()->first; }

  bool has(shm::MemberId member) const { return members_.contains(member.word()); }
  bool has(shm::ActorId actor) const { return actors_.contains(actor.word()); }

 private:
  using Counts = std::unordered_map<std::uint64_t, std::uint32_t>;
  static void remove_one(Counts& counts, std::uint64_t word);

  std::multimap<std::uint64_t, PendingCheck> checks_;  ///< By their time.
  Counts members_;  ///< How many checks name the process.
  Counts actors_;
};

}  // namespace buskin::runtime
