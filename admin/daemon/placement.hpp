// Placement: finds a process for each actor that needs one.
//
//   its own process    the fork server of its program forks one for it
//   a shared process   one per name and program, forked for the first actor that is sent there
//
// An actor whose program has no fork server waits for one in the RestartSchedule. An actor that cannot get a process
// at all ends, and its creator gets the reason.
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
  Placement(const AdminContext& context, const SystemPhases& phases, const Programs& programs, const Adoption& adoption,
            runtime::RestartSchedule& schedule);

  /// Asks a process to host the actor, unless it has one, or its restart belongs to another process.
  void place(shm::ActorId actor);
  /// The same for an actor that awaits a host, and whose restart this admin has. `spec` is the actor's.
  void place(shm::ActorId actor, const runtime::ActorSpec& spec);
  /// Does the same for each actor that is not in the schedule.
  void place_all(const std::vector<shm::ActorId>& actors);

  /// There is no memory for what the actor needs. One that has started before waits for some; any other ends.
  void lack_memory(shm::ActorId actor, const std::string& reason);

  /// A shared process is ready: sends it the actors that wait for it.
  void open_place(const protocol::PlaceReady& ready);
  /// A shared process has no actor left: ends it, unless more actors are on their way.
  void end_place_if_empty(const protocol::PlaceEmpty& empty);
  /// Removes the place of a process that is gone. Returns the actors that it had not hosted yet; the repair of the
  /// process finds those that it had.
  std::vector<shm::ActorId> remove_place(std::uint64_t id);
  std::vector<shm::ActorId> remove_place_of(shm::ProcessIndex process);
  /// The same for a place whose process was repaired by another process.
  std::vector<shm::ActorId> remove_closed_place();
  /// Places of a program whose process was asked for and is not ready yet.
  std::vector<std::uint64_t> unready_places(std::uint64_t program) const { return places_.unready(program); }

 private:
  void wait_for_program(shm::ActorId actor, const runtime::ActorSpec& spec);
  void place_shared(shm::ActorId actor, const std::string& name, const Server& server);
  void send_to_place(SharedProcess& place, shm::ActorId actor);
  void fork(shm::ActorId actor, std::uint64_t place, const Server& server);

  const AdminContext& context_;
  const SystemPhases& phases_;
  const Programs& programs_;
  const Adoption& adoption_;
  runtime::RestartSchedule& schedule_;
  Places places_;
};

}  // namespace buskin::admin
