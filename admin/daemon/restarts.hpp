// Restarts: gives the next process to actors that lost theirs, as their policy says, and to actors that wait.
//
// A fork server decides in place of an admin that is stopped or dead. A restart that a fork server has taken on is
// left to it.
#pragma once

#include <string>
#include <vector>

#include "admin/daemon/placement.hpp"

namespace buskin::admin {

class Restarts {
 public:
  Restarts(const AdminContext& context, const SystemPhases& phases, Adoption& adoption,
           runtime::RestartSchedule& schedule, Placement& placement)
      : context_(context), phases_(phases), adoption_(adoption), schedule_(schedule), placement_(placement) {}

  /// The process of the actor is dead. Called in the middle of the repair, so that the next process is forked while the
  /// memory of the dead one is swept; restart_decision.hpp shows the order.
  void lose_process(shm::ActorId actor, const std::string& reason);
  /// A process died that had requested the actor, or had taken its restart on. The actor may not have been asked for.
  void lose_request(shm::ActorId actor, const std::string& reason);
  /// Restarts it now, later or not at all, as its policy says.
  void restart(shm::ActorId actor, const std::string& reason);
  /// The same, if the actor has no process and is not in the schedule.
  void restart_unless_scheduled(shm::ActorId actor, const std::string& reason);
  /// The same, when the process is dead that was on its way to the actor: that counts as one more failure.
  void lose_start(shm::ActorId actor, const std::string& reason);

  /// The kernel refused a process for an actor that had started, or what the process needs. That counts as no restart:
  /// the actor is tried again after a while.
  void wait_for_process(shm::ActorId actor);

  /// A fork server has registered: tries the waiting actors again.
  void retry_waiting();
  /// Starts actors that a repairer left to this admin, or did not decide about before it died itself.
  void start_left_over();
  /// Starts actors that are due at `now_ns`. Ends actors that have waited too long for their first process.
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
