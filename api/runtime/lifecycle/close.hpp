// close: ends an actor from outside, when it cannot end itself: it never started, or its process is dead.
//
// The creator that waits gets RequestFailed, the parent ChildActorExited, and each asker RequestFailed;
// the children are asked to end. The memory of the dead process and the turn in which it died are the
// repairer's work, not done here.
#pragma once

#include <string_view>

#include "api/runtime/endpoint/system_sender.hpp"
#include "buskin/error.hpp"
#include "shm/segment/counters.hpp"

namespace buskin::runtime {

struct Reason {
  Code code = Code::ActorDied;
  std::string_view sentence;
  shm::Counter counter = shm::Counter::DeadGone;  ///< For the messages in its mailbox.
};

/// Closes `actor`, which has no living host. One that had taken its end before its host died ends for the reason that
/// it took then, and its on_stop does not run.
void close_actor(shm::Thread& thread, shm::ActorId actor, const Reason& given);

}  // namespace buskin::runtime
