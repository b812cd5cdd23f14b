// repair_actor: steps 3 and 4 of a repair, the actors.
#pragma once

#include "shm/recovery/repair.hpp"

namespace buskin::shm {

/// Settles the messages in hand of each actor of the dead process, and leaves the actor NOTIFIED, CLOSING or
/// DRAINED.
void repair_actors(Repair& repair);

}  // namespace buskin::shm
