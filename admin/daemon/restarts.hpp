// Restarts: actors that lost their process, or wait for one, get one as their policy says.
//
// A fork server may have decided before this admin, while the admin was stopped or not yet there: a restart
// that it has is left to it.
#pragma once

#include <string>
#include <vector>

#include "admin/daemon/placement.hpp"

namespace buskin::admin {

class Restarts {
 public:
  Restarts(const AdminContext& context, const SystemPhases& phases, Adoption& adoption, runtime::RestartSchedule& schedule,
           Placement& placement)
      : context_(context), phases_(phases), adoption_(adoption), schedule_(schedule), placement_(placement) {}

  /// A repair has found that its process is dead. Called in the middle of the repair, so that the next process
  /// is forked while the memory of the last one is swept.
  void lose_process(shm::ActorId actor, const std::string& reason);
  /// The dead process was asked for this actor, or had taken its restart on; perhaps in vain.
  void lose_request(shm::ActorId actor, const std::string& reason);
  /// As its policy says: now, later, or not at all.
  void restart(shm::ActorId actor, const std::string& reason);
  /// The same for one that waits to be hosted, and is not in the queue.
  void restart_unless_queued(shm::ActorId actor, const std::string& reason);

  /// A program is there that was not.
  void retry_waiting();
  /// Actors whose repairer left them to this admin, or died before it had decided about them.
  void start_left_over();
  /// Starts what is due by now, and ends what has waited too long for a program.
  void tick(std::uint64_t now_ns);
  std::uint64_t next_ns(std::uint64_t now_ns) const;

 private:
  bool is_left_over(shm::ActorId actor, shm::LifeWord life) const;

  const AdminContext& context_;
  const SystemPhases& phases_;
  Adoption& adoption_;
  runtime::RestartSchedule& schedule_;
  Placement& placement_;
};

}  // namespace buskin::admin
