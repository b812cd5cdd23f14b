// repair_faults: what the dead process has recorded about its end, and which messages in hand are to blame.
#pragma once

#include "shm/recovery/repair.hpp"

namespace buskin::shm {

/// Copies each fault that a thread of the dead process recorded into the ring, and names it in the slot of its actor.
void keep_faults(Repair& repair);

/// Did the process end by its own doing while it handled this message? Either a thread recorded a fault and named
/// the message, or no thread recorded any and the kernel says that the process ended with an exit code: then each
/// message in hand is to blame. Keeps that exit code where the reason of the message is looked for.
bool is_to_blame(Repair& repair, ActorId id, Lane lane, std::uint64_t seq);

}  // namespace buskin::shm
