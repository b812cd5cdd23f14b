// Timers: they outlive a death. The message lies ready in a block TIMED(A,g) until its time has come.
//
// The blocks of one actor are a chain: the slot's word `timers` names the first,
// each block's extension the next. While a block is TIMED its extension says
//
//   id           which timer       deadline_ns  when it is due
//   correlation  its period        link         the next block
//
// Setting, firing and cancelling are entries of a journal: of the turn in which
// a timer is set or cancelled, or of one of its own that is committed by being
// armed (Now). So a timer that was set is kept, and fires once.
//
//   set     HELD -> TIMED, then linked
//   fire    unlinked, its extension cleared, then TIMED -> QUEUED and pushed
//   cancel  unlinked, then TIMED -> FREE
//
// So whatever is in the chain is TIMED(A,.), and a walk never meets a block of another.
//
//   killed                        left                       who mends it
//   before the commit             HELD(dead), or as it was   swept; the timer was never set, or stands
//   set: owned, not linked        TIMED, in no chain         rolled forward: linked
//   fire, cancel: unlinked        TIMED, in no chain         rolled forward by its owner word
//   fire: queued, not pushed      QUEUED in name only        rolled forward: the chain of the lane tells
//   at any other time             TIMED in the chain         the adopter looks through it
//
// Who writes the chain: the actor's host; the repairer after its death; the process that closes the actor.
#pragma once

#include <functional>

#include "shm/actor/turn.hpp"

namespace buskin::shm {

struct TimerSpec {
  std::uint64_t id = 0;         ///< Not 0. The actor's own name for it.
  std::uint64_t due_ns = 0;     ///< By now_ns().
  std::uint64_t period_ns = 0;  ///< 0: fires once.
};

/// Stands in the place of the lane, and marks the entry that cancels a timer: others set or fire one.
inline constexpr Lane kCancel = Lane::Control;

/// Makes the message of a timer, HELD by this thread. `place` is where its payload goes.
Result<Handle, MemoryError> open_timer(Thread& thread, const TimerSpec& spec, TypeIndex type, ActorId actor,
                                       std::uint64_t bytes, std::span<std::byte>& place);

/// For a turn's journal: sets the timer `block` of `actor`, HELD.
inline Staged timer_set(ActorId actor, Handle block) { return {EntryKind::Timer, Lane::Messages, block, actor}; }
/// For a turn's journal: cancels the timer `block`, TIMED, or set by an earlier entry of the same journal.
inline Staged timer_cancelled(ActorId actor, Handle block) { return {EntryKind::Timer, kCancel, block, actor}; }

/// The timer's message goes into its actor's mailbox. `next`, HELD, is set with the same stroke, or is None.
/// Threads: the actor's, between two turns.
void fire_timer(Thread& thread, ActorId actor, Handle block, Handle next);
/// Outside a turn. Threads: as above.
void cancel_timer(Thread& thread, ActorId actor, Handle block);
/// The same message once more, HELD, to be set again.
Result<Handle, MemoryError> copy_timer(Thread& thread, ActorId actor, Handle block, const TimerSpec& spec);

/// Visits every timer of `actor`. Its host calls it when it takes the actor over.
using VisitTimer = std::function<void(Handle, const TimerSpec&)>;
void for_each_timer(const Segment& segment, ActorId actor, const VisitTimer& visit);

/// Carries out an entry of kind Timer of a committed journal, from wherever it stopped.
void settle_timer(Thread& thread, JournalEntry& entry);

}  // namespace buskin::shm
