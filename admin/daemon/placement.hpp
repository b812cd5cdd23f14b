// Placement: which process hosts an actor that needs one.
//
//   its own process    the fork server of its program forks one for it
//   a shared process   one per name and program, forked for the first actor that is sent there
//
// An actor whose program has no fork server waits for one in the StartQueue; one that can never have
// a process ends, with the reason.
#pragma once

#include <string>
#include <vector>

#include "admin/daemon/adoption.hpp"
#include "admin/daemon/places.hpp"
#include "admin/daemon/programs.hpp"
#include "admin/daemon/system_phases.hpp"
#include "api/runtime/node/actor_spec.hpp"
#include "system_generated.h"

namespace buskin::admin {

class Placement {
 public:
  Placement(const AdminContext& context, const SystemPhases& phases, const Programs& programs,
            const Adoption& adoption, runtime::RestartSchedule& schedule);

  /// Sees that the actor gets a process, if it needs one and no other process sees to that.
  void place(shm::ActorId actor);
  /// The same for all that are not in the queue.
  void place_all(const std::vector<shm::ActorId>& actors);
  bool is_waiting_to_be_hosted(shm::ActorId actor) const;

  /// A shared process takes actors from now on.
  void open_place(const protocol::PlaceReady& ready);
  /// A shared process has hosted all that it says, and they have ended.
  void end_place(const protocol::PlaceEmpty& empty);
  /// The process is gone. Returns the actors that it had not hosted; those that it had are lost by a repair.
  std::vector<shm::ActorId> remove_place(std::uint64_t id);
  std::vector<shm::ActorId> remove_place_of(shm::ProcessIndex process);
  /// A place whose process is gone, and was repaired by another one.
  std::vector<shm::ActorId> remove_closed_place();
  /// Places of a program whose process was asked for, and has not said that it is ready.
  std::vector<std::uint64_t> unready_places(std::uint64_t program) const { return places_.unready(program); }

 private:
  void wait_for_program(shm::ActorId actor, const runtime::ActorSpec& spec);
  void place_shared(shm::ActorId actor, const std::string& name, const Server& server);
  void fork(shm::ActorId actor, std::uint64_t place, const Server& server);

  const AdminContext& context_;
  const SystemPhases& phases_;
  const Programs& programs_;
  const Adoption& adoption_;
  runtime::RestartSchedule& schedule_;
  Places places_;
};

}  // namespace buskin::admin
