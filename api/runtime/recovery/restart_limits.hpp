// restart_limits: how often an actor may be restarted, and how long its next restart waits.
//
// The counts stand in the actor's slot. The process that has the actor writes them: its host, or the
// process that has its restart.
#pragma once

#include <cstdint>
#include <string>

#include "api/runtime/node/actor_spec.hpp"
#include "buskin/options.hpp"
#include "shm/actor/actors.hpp"

namespace buskin::runtime {

/// Would count_restart() count one more?
bool may_restart(const shm::Segment& segment, shm::ActorId actor, const SuperviseOptions& supervise,
                 std::uint64_t now_ns);

/// Counts one restart. False when there were too many within the time: then the actor ends.
/// The caller is its host, or has its restart.
bool count_restart(shm::Segment& segment, shm::ActorId actor, const SuperviseOptions& supervise, std::uint64_t now_ns);

/// The reason of an end that `count_restart` asks for; `reason` says why the actor would have been restarted.
std::string restarted_too_often(const std::string& reason, const SuperviseOptions& supervise);

/// How long to wait before the next restart, after `count_restart`. There is no wait when the last instance got
/// on: it came to a message that had not failed before, or lived for a while. Otherwise it is `backoff`, doubled
/// each time, at most `backoff_max`, less up to a quarter of it that differs from actor to actor.
Duration backoff_of(const shm::Segment& segment, shm::ActorId actor, const SuperviseOptions& supervise);

}  // namespace buskin::runtime
