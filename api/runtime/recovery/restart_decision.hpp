// restart_decision: what becomes of an actor that lost its process, as the data in its slot says.
//
//   NOTIFIED(nobody) -> NOTIFIED(me): its restart is mine   -> counted, and due at once or after a backoff
//                                                           -> or the actor is closed
//
// The new process itself takes it from there (-> ADOPTING). The decision is made once for each death, and stands in the
// slot: a process that takes the restart over, because the one that had it is dead or stopped, finds it made, and does
// not count the restart again. A repair clears it for the next death.
//
// The decision falls in the middle of the repair, and the code goes up again where it is made:
//
//   Repairer::repair
//     shm::reap_process          mends mailboxes until the actor may be adopted: NOTIFIED
//       OnLost::adoptable         called for each such actor (shm::ReapOptions::adoptable)
//         Restarts::lose_process in the admin:        decide_restart(), and the fork if it is due
//         ForkServerDeputy::restart_lost   in a fork server:    the same
//     shm::reap_process          goes on: sweeps the memory of the dead process
//     Repairer::record           the line in the log
//
// That is on purpose: the sweep takes up to milliseconds, and the new process starts meanwhile. It is
// why an actor is back 1.5 ms after its death.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "api/runtime/node/actor_spec.hpp"
#include "shm/actor/actors.hpp"

namespace buskin::runtime {

/// Takes the restart of an actor whose restart nobody has. True also when the calling process has it
/// already; false when another process has it, or the actor is not NOTIFIED.
bool claim_restart(shm::Thread& thread, shm::ActorId actor);

/// Claims the restart of an actor that lost its process and has this spec, and decides when it is due (ns), unless
/// that is decided. An actor that is REQUESTED needs no claim: the admin alone starts it. Nothing when another process
/// has the restart, when the actor was closed with `reason`, or when its parent hosts it.
std::optional<std::uint64_t> decide_restart(shm::Thread& thread, shm::ActorId actor, const ActorSpec& spec,
                                            const std::string& reason);

/// The kernel refused a process for the actor, or there was no memory for what its restart needs. That counts as no
/// restart: claims it, and makes it due (ns) after kRefusedPause_ns. Nothing when another process has the restart.
std::optional<std::uint64_t> postpone_restart(shm::Thread& thread, shm::ActorId actor, std::uint64_t now_ns);

/// The process that was on its way to the actor, whose restart the calling process has, is dead too: that is one more
/// failure, about which decide_restart() decides. No effect when another process has the restart.
void lose_restart(shm::Thread& thread, shm::ActorId actor);

/// Closes the actor and notifies its parent, its askers and its creator.
void close_lost(shm::Thread& thread, shm::ActorId actor, const std::string& reason);

}  // namespace buskin::runtime
