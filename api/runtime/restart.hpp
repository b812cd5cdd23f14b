// restart: the intensity of restarts, kept in the actor's slot by whoever restarts it.
//
// Floor: runtime.
#pragma once

#include <cstdint>
#include <string>

#include "buskin/options.hpp"
#include "shm/segment/actors.hpp"
#include "shm/segment/replies.hpp"

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

/// What a repairer answers for a dead actor (shm::ReapOptions::answer): RequestFailed, actor_restarted.
shm::Handle answer_of_dead(shm::Thread& thread, const shm::KeptReply& reply);

}  // namespace buskin::runtime
