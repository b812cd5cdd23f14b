// Repairer: repairs a death completely, in the admin or in a fork server that acts in its place.
//
// shm::reap_process repairs memory and mailboxes. The Repairer carries out what follows from that: it
// notifies askers, parents and creators, and writes a line to the log. The caller decides what becomes of
// the actors that lost their process, in the middle of the repair: see restart_decision.hpp.
//
// Threads: that of `thread`.
#pragma once

#include <functional>
#include <string>

#include "api/runtime/endpoint/system_sender.hpp"
#include "api/runtime/recovery/members.hpp"
#include "api/runtime/recovery/process_end.hpp"
#include "api/runtime/launch/log_file.hpp"
#include "api/runtime/launch/paths.hpp"
#include "shm/recovery/reap.hpp"

namespace buskin::runtime {

/// How a line of the log begins that reports a death; the rest of the line is JSON.
inline constexpr std::string_view kDeathMark = "death ";

/// What the caller does about each actor that the dead process had.
struct OnLost {
  /// The actor lost its process and may be adopted. Called in the middle of the repair, before the memory of the
  /// dead process is swept: the restart is decided here, so that the new process starts during the sweep.
  std::function<void(shm::ActorId)> adoptable;
  /// The dead process had asked for this actor, or had its restart, and may not have passed that on. Called at
  /// the end of the repair.
  std::function<void(shm::ActorId)> requested;
};

class Repairer {
 public:
  Repairer(shm::Thread& thread, shm::ActorId mailbox, const SystemPaths& paths, SystemLog& log)
      : thread_(&thread), mailbox_(mailbox), paths_(&paths), log_(&log) {}

  /// Repairs this life of the entry, if it is dead and nobody living repairs it. A process that ended by itself has
  /// failed at its messages in hand.
  shm::Result<shm::Done, shm::ReapError> repair(const Known& dead, const ProcessEnd& end, const OnLost& lost);
  /// Asks the actors to end that live as long as their creator, the process `creator`. A repair does it; the caller
  /// does it for a process that left in order, or that another process has repaired.
  void exit_actors_of_creator(shm::MemberId creator);

 private:
  void record(const Known& dead, const std::string& title, const std::string& reason, const shm::Reaped& reaped,
              std::uint64_t cost_ns);

  shm::Thread* thread_;
  shm::ActorId mailbox_;
  const SystemPaths* paths_;
  SystemLog* log_;
};

}  // namespace buskin::runtime
