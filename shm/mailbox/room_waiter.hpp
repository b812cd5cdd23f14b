// RoomWaiter: a sender waits for room in a full mailbox, or finds out that it would wait for ever.
//
// An actor or client that waits writes the edge {waiter -> target} into its own mailbox, with what it needs there,
// and then follows the edges from mailbox to mailbox. A circle counts when two walks find it with the same stamps and
// no target on the way has room for what is wanted of it: then all of its waiters wait for each other. The last waiter
// of a circle to write its edge sees the edges of the others, in whatever processes they are.
//
// Sound, because an actor with an edge takes no message from its mailbox: it waits in its handler, or its turn is open.
// A thread that sends in the name of an actor beside its turns has no edge.
#pragma once

#include <cstdint>
#include <optional>

#include "shm/memory/thread.hpp"

namespace buskin::shm {

/// Room for a message of so many payload bytes.
struct RoomNeed {
  ActorId target{};
  std::uint32_t bytes = 0;
};

/// What the message in `block` needs at `target`.
RoomNeed room_need_of(const Segment& segment, ActorId target, Handle block);

/// Has the mailbox no place for the message, or not enough bytes? False as well when the actor is gone.
bool lacks_room(const Segment& segment, const RoomNeed& need);

/// Writes the edge of `waiter`, in place of the one that it had. Threads: the one that runs the waiter.
void begin_wait(Segment& segment, ActorId waiter, const RoomNeed& need);
/// Takes it away. Threads: as above, or the repairer.
void end_wait(Segment& segment, ActorId waiter);
/// Do the edges lead from `waiter` back to it, with no room on the way?
bool would_deadlock(const Segment& segment, ActorId waiter);

/// What an actor waits for, to be shown.
struct RoomWaitFact {
  ActorId target{};
  std::uint64_t since_ns = 0;
};
std::optional<RoomWaitFact> room_wait_of(const Segment& segment, ActorId waiter);

enum class RoomWait : std::uint8_t {
  Retry,          ///< There may be room.
  Deadline,       ///< The time is over.
  WouldDeadlock,  ///< All that wait in this circle wait for each other.
};

/// A thread that waits in place. The edge stands as long as this object.
/// Threads: any that may sleep.
class RoomWaiter {
 public:
  /// On behalf of `waiter`, which may be None: then no circle is found.
  RoomWaiter(Thread& thread, ActorId waiter, const RoomNeed& need);
  ~RoomWaiter();
  RoomWaiter(const RoomWaiter&) = delete;
  RoomWaiter& operator=(const RoomWaiter&) = delete;

  /// Waits until there may be room, or until `deadline_ns`. May be called again.
  RoomWait wait(std::uint64_t deadline_ns);

 private:
  Thread& thread_;
  ActorId waiter_;
  RoomNeed need_;
};

/// Looks for room in a mailbox that was full, without a sleep, as long as its actor completes messages. True: there is
/// some. False: the actor has completed none for `patience_ns`. Lets other threads have the processor after some looks.
/// Threads: any.
bool spin_for_room(const Segment& segment, const RoomNeed& need, std::uint64_t patience_ns);

}  // namespace buskin::shm
