// RestartSchedule: which actors wait for a process, and for what each of them waits.
//
//   add_due()       the restart is decided, and due at a time
//   add_waiting()   no program that has the actor's type runs
//   add_asked()     a process was asked of a fork server, and has not come
//   remove()        the process has come, or the actor was closed
//
// The admin and the ForkServerDeputy of a fork server keep their books in this one class, and treat a restart in
// the same way. The slot of the actor stays the truth: an entry here may be out of date, so the owner
// of the schedule looks at the slot again when it takes an entry out.
//
// Invariants
//   I1  An actor stands in at most one of the three books: adding it to one takes it out of the others.
//   I2  Nothing here reads a clock: the caller says what time it is.
//
// Threads: one. Cost: O(log n) for n actors that wait.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "shm/base/clock.hpp"
#include "shm/base/ids.hpp"

namespace buskin::runtime {

class RestartSchedule {
 public:
  /// The actor waits until `due_ns`. A second call moves it to another time.
  void add_due(shm::ActorId actor, std::uint64_t due_ns);
  /// The actor waits for a program since `since_ns`; the earlier time stays when it waits already.
  void add_waiting(shm::ActorId actor, std::uint64_t since_ns);
  /// A process for the actor was asked of the fork server `server`.
  void add_asked(shm::ActorId actor, shm::MemberId server);
  /// The actor waits for nothing any more.
  void remove(shm::ActorId actor);

  bool contains(shm::ActorId actor) const;
  bool is_asked(shm::ActorId actor) const { return asked_.contains(actor.word()); }
  bool is_waiting(shm::ActorId actor) const { return waiting_.contains(actor.word()); }
  bool is_empty() const { return due_of_.empty() && waiting_.empty() && asked_.empty(); }
  std::vector<shm::ActorId> all() const;

  /// Takes out all that are due at `now_ns`, the earliest first.
  std::vector<shm::ActorId> take_due(std::uint64_t now_ns);
  /// When the next one is due; kNever_ns for none.
  std::uint64_t next_due_ns() const { return due_.empty() ? shm::kNever_ns : due_.begin()->first; }

  /// Takes out each actor that waits for a program and calls `start` with it. One that `start` adds as
  /// waiting once more goes on with the time since when it has waited.
  template <class Start>
  void retry_waiting(Start start);
  /// Those that have waited for a program for `wait_ns` or longer at `now_ns`.
  std::vector<shm::ActorId> waiting_for(std::uint64_t wait_ns, std::uint64_t now_ns) const;
  /// When the next one will have waited so long; kNever_ns when all have, or none waits.
  std::uint64_t next_waiting_ns(std::uint64_t wait_ns, std::uint64_t now_ns) const;

  /// Takes out those whose process was asked of `server`, which is gone.
  std::vector<shm::ActorId> take_asked_of(shm::MemberId server);

 private:
  void begin_entry(shm::ActorId actor);

  // By ActorId::word().
  std::map<std::uint64_t, std::uint64_t> due_of_;   ///< When it is due.
  std::map<std::uint64_t, std::uint64_t> waiting_;  ///< Since when it waits.
  std::map<std::uint64_t, shm::MemberId> asked_;         ///< The fork server that was asked for a process.
  std::set<std::pair<std::uint64_t, std::uint64_t>> due_;  ///< The entries of due_of_, by their time.
};

template <class Start>
void RestartSchedule::retry_waiting(Start start) {
  const auto waiting = std::exchange(waiting_, {});
  for (const auto& [word, since_ns] : waiting) {
    start(shm::ActorId::from_word(word));
    if (const auto again = waiting_.find(word); again != waiting_.end()) again->second = since_ns;
  }
}

}  // namespace buskin::runtime
