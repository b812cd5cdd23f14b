// Reserved notices: those whose memory is taken when an actor is created, so that its end needs none.
#pragma once

#include "api/runtime/node/actor_spec.hpp"
#include "buskin/system_messages.hpp"
#include "shm/actor/actors.hpp"

namespace buskin::runtime {

/// Reserves the ChildActorRestarted that the parent gets when the actor's process dies, if it wants that. The
/// creator calls it, and each adopter before the actor is ACTIVE. False: there is no memory.
bool reserve_restart_notice(shm::Thread& thread, shm::ActorId actor, const ActorSpec& spec);

/// Fills the reserved ChildActorExited in and sends it to `parent`; frees it when that is gone or nobody.
void send_exit_notice(shm::Thread& thread, shm::ActorId actor, shm::ActorId parent, const ChildActorExited& notice);

}  // namespace buskin::runtime
