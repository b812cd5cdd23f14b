// restart_orders: what a restart or an end that escalates asks of the actor's parent and siblings.
#pragma once

#include "shm/actor/actors.hpp"

namespace buskin::runtime {

/// `actor` is restarted: asks the siblings that its parent's Strategy names to restart too, each between two of its
/// messages. Called by the process that has the actor, before it is ACTIVE. When that process dies meanwhile, the
/// next one that has the actor does it again.
void restart_siblings(shm::Thread& thread, shm::ActorId actor);

/// Asks the parent of an actor that lives where its parent does to host the actor, in the process that the parent
/// has by then. False: the parent is gone.
bool host_by_parent(shm::Thread& thread, shm::ActorId actor);

/// Decision::Escalate: asks the parent to end as well.
void escalate(shm::Thread& thread, shm::ActorId actor);

}  // namespace buskin::runtime
