// bury: ends actors that cannot end themselves: never born, or their process is dead.
//
// Whoever waits hears of it: the creator by RequestFailed, the parent by
// ChildActorExited, each asker by RequestFailed; children are asked to end.
// Memory that the dead process held, and the turn that it was in, are the
// repairer's business, not this one's.
#pragma once

#include <string_view>

#include "api/runtime/endpoint/system_sender.hpp"
#include "buskin/error.hpp"
#include "shm/segment/counters.hpp"

namespace buskin::runtime {

struct Reason {
  Code code = Code::ActorDied;
  std::string_view sentence;
  shm::Counter counter = shm::Counter::DeadGone;  ///< For its mail.
};

/// Closes `actor`, whose host is dead or never was.
void close_actor(shm::Thread& thread, shm::ActorId actor, const Reason& reason);

}  // namespace buskin::runtime
