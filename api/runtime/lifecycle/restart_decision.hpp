// revive: what becomes of an actor that lost its process, as the data in its slot says.
//
//   NOTIFIED(nobody) -> NOTIFIED(me): its restart is mine   -> counted, and due at once or after a backoff
//                                                           -> or the actor is closed
//
// The new process itself takes it from there (-> ADOPTING). So the decision is
// made once, whoever makes it, and one that is found made is not made again.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "shm/actor/actors.hpp"

namespace buskin::runtime {

/// Is nobody's process on the way into life for it, as far as its slot says: REQUESTED or NOTIFIED?
bool is_waiting_to_be_hosted(const shm::Segment& segment, shm::ActorId actor);

/// Its restart is the caller's: it was nobody's, or his already. Not when a living process has it.
bool is_restart_ours(shm::Thread& thread, shm::ActorId actor);

/// Decides about an actor whose restart is the caller's, or which was to be born: when it is due (ns), or
/// nothing, when it was closed with `reason`, or follows its parent.
std::optional<std::uint64_t> decide_restart(shm::Thread& thread, shm::ActorId actor, const std::string& reason);

/// When the restart that somebody has decided upon is due.
std::uint64_t restart_due(const shm::Segment& segment, shm::ActorId actor);

/// Ends it: told to its parent, its askers and its creator.
void close_lost(shm::Thread& thread, shm::ActorId actor, const std::string& reason);

/// Asks those to end that live as long as their creator, the process `creator`.
void end_creatures_of(shm::Thread& thread, std::uint64_t creator, shm::ActorId from);

}  // namespace buskin::runtime
