// restart: the intensity of restarts, kept in the actor's slot by whoever restarts it.
#pragma once

#include <cstdint>
#include <string>

#include "api/runtime/node/actor_spec.hpp"
#include "buskin/options.hpp"
#include "shm/actor/actors.hpp"

namespace buskin::runtime {

/// Counts one restart. False when there were too many within the time: then the actor ends.
/// The caller has the actor: as its host, or as holder of the reaper role.
bool count_restart(shm::Segment& segment, shm::ActorId actor, const SuperviseOptions& supervise, std::uint64_t now_ns);

/// The reason of an end that `count_restart` asks for, after `reason`, why it would have been restarted.
std::string restarted_too_often(const std::string& reason, const SuperviseOptions& supervise);

/// How long to wait before the next restart, after `count_restart`. Nothing where the last instance got on: it
/// came to a message that had not failed before, or lived for a while. Else `backoff`, doubled each time,
/// at most `backoff_max`, less up to a quarter of it that differs from actor to actor.
Duration backoff_of(const shm::Segment& segment, shm::ActorId actor, const SuperviseOptions& supervise);

/// `actor` is restarted: so are the siblings that its parent's Strategy names, each between two of its messages.
/// By whoever has the actor, before it is ACTIVE: who dies over it leaves it to the next.
void restart_siblings(shm::Thread& thread, shm::ActorId actor);

/// An actor that lives where its parent does has lost its process: its parent hosts it, wherever that is by then.
/// False: the parent is gone.
bool host_by_parent(shm::Thread& thread, shm::ActorId actor);

/// Decision::Escalate: the parent ends as well.
void escalate(shm::Thread& thread, shm::ActorId actor);

}  // namespace buskin::runtime
