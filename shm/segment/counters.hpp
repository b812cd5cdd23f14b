// Counters: what happened, visible from outside even after all processes have died.
//
// Each thread record has its own row, so a thread counts by a plain store into a
// cache line of its own. A record that is returned keeps its counts, and its next holder
// goes on with them; a total is the sum over all records, in use or not.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "shm/segment/segment.hpp"

namespace buskin::shm {

enum class Counter : std::uint8_t {
  Sent, Handled, Created, Exited, Restarted,
  Poison, LostInHand, Overrun, LateReply, StaleReply, NoReply, Unhandled,
  DeadGone, DeadUnreachable, DeadExpired, DeadTooBig, DeadFull, DeadSystemDied, DeadInDoubt, DeadNoMemory,
  Refused,       ///< try_send refused: full, gone or no memory.
  SendWaits,     ///< Sends that had to wait for room.
  Wakes,         ///< futex_wake calls.
  Sleeps,        ///< futex_wait calls.
  SpansTaken, SpansAdopted, RunsTaken, RunsReturned,
  FailedTurns, Redelivered, Staged, WouldDeadlock,
  Buried,        ///< Messages of all kinds that lay in a mailbox when it was closed.
  Uncounted,     ///< At most so many messages were completed by threads that died before they counted them.
  Unread,        ///< Messages to a client that went unread, because newer ones had come.
  ReserveTaken,  ///< Blocks of the reserve that were taken, because there was no other memory.
  PutOff,        ///< Turns that found no memory: undone, and begun again later.
  End,
};

/// What a dead thread leaves uncounted at most: one message, or the openings of the three lanes of a slot.
inline constexpr std::uint64_t kUncountedPerDeath = 3;

/// The label under which every tool shows the counter, as in `dead_letter.gone`.
std::string_view label_of(Counter counter);

/// Adds to the thread's own row. Threads: only the one that has the record.
inline void count(ThreadRecord& record, Counter counter, std::uint64_t amount = 1) {
  Atomic<std::uint64_t>& cell = record.counters[static_cast<std::size_t>(counter)];
  // relaxed: one writer; readers want a recent value, not an ordered one.
  const std::uint64_t now = cell.load_relaxed();
  // relaxed: as above.
  cell.store_relaxed(now + amount);
}

using CounterTotals = std::array<std::uint64_t, kThreadCounters>;

/// Sums over all records. Cost: a read of each record that was ever used.
CounterTotals total_counters(const Segment& segment);

}  // namespace buskin::shm
