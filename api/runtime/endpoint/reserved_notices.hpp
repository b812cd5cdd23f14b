// Reserved notices: those whose memory is taken when an actor is created, so that its end needs none.
#pragma once

#include <optional>

#include "api/runtime/node/actor_spec.hpp"
#include "buskin/system_messages.hpp"
#include "shm/actor/actors.hpp"

namespace buskin::runtime {

/// Reserves the ChildActorRestarted that the parent gets when the actor's process dies, if it wants that. The
/// creator calls it, and each adopter before the actor is ACTIVE. False: there is no memory.
bool reserve_restart_notice(shm::Thread& thread, shm::ActorId actor, const ActorSpec& spec);

/// With which message an actor takes its end; by default at once. See shm/actor/actor_end.hpp.
struct EndAt {
  shm::Lane lane = shm::Lane::Control;
  std::uint64_t seq = 0;
  bool ends_children = true;
};
/// Notes that the actor ends, and what its parent will be told.
void note_end(shm::Thread& thread, shm::ActorId actor, const ChildActorExited& notice, const EndAt& at = {});
/// What the parent of an actor that has taken its end will be told. Nothing: it has taken none, or the notice has left.
std::optional<ChildActorExited> noted_end(const shm::Segment& segment, shm::ActorId actor);

/// Sends the reserved ChildActorExited to `parent`; frees it when that is gone or nobody. It says `notice`, or what was
/// noted when the actor took its end.
void send_exit_notice(shm::Thread& thread, shm::ActorId actor, shm::ActorId parent, const ChildActorExited& notice);

}  // namespace buskin::runtime
