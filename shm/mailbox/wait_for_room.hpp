// wait_for_room: a sender waits for a place in a full mailbox, or finds out that it would wait for ever.
//
// A waiter writes the edge {waiter -> target} into its thread record and then walks the edges of all
// records. A cycle of edges whose mailboxes are all full counts when two walks find it with the same
// epochs. The last waiter of a cycle to write its edge sees the edges of the others.
#pragma once

#include <cstdint>

#include "shm/memory/thread.hpp"

namespace buskin::shm {

enum class RoomWait : std::uint8_t {
  Retry,          ///< There may be room.
  Deadline,       ///< The time is over.
  WouldDeadlock,  ///< All that wait in this cycle wait for each other.
};

/// Waits until `id` has room for a message, or until `deadline_ns`, on behalf of `waiter`, which may be None.
/// Threads: any that may sleep.
RoomWait wait_for_room(Thread& thread, ActorId id, ActorId waiter, std::uint64_t deadline_ns);

/// Looks for room in a mailbox that was full, without a sleep, as long as its actor completes messages. True: there is
/// some. False: the actor has completed none for `patience_ns`. Lets other threads have the processor after some looks.
/// Threads: any.
bool spin_for_room(const Segment& segment, ActorId id, std::uint64_t patience_ns);

}  // namespace buskin::shm
