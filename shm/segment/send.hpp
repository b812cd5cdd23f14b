// send: appends a block to one lane of a mailbox. The CAS on `in` is the commit.
//
// Before it, the thread record says what is about to happen (op record); after
// it, the chain itself is the evidence. So a sender may die anywhere.
// docs/crash-safety.md has the table of crash points.
//
// Floor: segment.
#pragma once

#include <cstdint>

#include "shm/segment/thread.hpp"

namespace buskin::shm {

enum class SendStatus : std::uint8_t {
  Accepted,
  Full,  ///< The lane holds `capacity` messages. The block is HELD again, in a new generation.
  Gone,  ///< Closed, or another actor has the slot now. The block is HELD again.
};

/// Replies and exempt messages do not count against the capacity.
enum class Admission : std::uint8_t { Bounded, Exempt };

struct Destination {
  ActorId id{};
  Lane lane = Lane::Messages;
  Admission admission = Admission::Bounded;
};

/// Sends a block HELD by this thread, and wakes the receiver. Never waits.
/// Threads: any with a record. Cost: about 15 ns, one contended line.
SendStatus send(Thread& thread, Destination to, Handle handle);

/// Messages that lie in a lane now: in.seq - done.
std::uint32_t pending_count(const Segment& segment, ActorIndex index, Lane lane);

/// Waits until `id` may have room, or `deadline_ns`. False at the deadline. For threads that may sleep.
/// Writes the thread's wait edge, so that cycles of waiters can be found.
enum class RoomWait : std::uint8_t { Retry, Deadline, WouldDeadlock };
RoomWait wait_for_room(Thread& thread, ActorId id, ActorId waiter, std::uint64_t deadline_ns);

}  // namespace buskin::shm
