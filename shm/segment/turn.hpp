// Turn: consuming one message, everything sent meanwhile and the new saved state, as one.
//
// Sends are gathered in private memory while the handler runs. commit_turn()
// writes them into the thread record's journal, arms it, stores the one commit
// word, and publishes. Whoever finds the record after a death rolls back or
// forward from the words alone. Nothing stands in the record while a handler runs.
//
// Floor: segment.
#pragma once

#include <span>

#include "shm/segment/receive.hpp"
#include "shm/segment/send.hpp"

namespace buskin::shm {

/// One staged publication. The block is HELD by this process, or is the input itself (forward).
struct Staged {
  EntryKind kind = EntryKind::Send;
  Lane lane = Lane::Messages;
  Handle block{};
  ActorId target{};
};

/// Room for the journal of a turn with more than kInlineEntries entries, taken before the commit
/// so that the commit itself needs no memory.
Result<Done, MemoryError> reserve_journal(Thread& thread, std::size_t entries);

/// Commits the message in hand with `staged`, in order. `saved` is the new state block or None.
/// A target that is gone gets its message counted and freed, or sent to the dead-letter actor.
/// Requires reserve_journal() for more than kInlineEntries entries. Cost: about 4 ns and the sends.
void commit_turn(Thread& thread, LaneReader& reader, const Hand& hand, std::span<const Staged> staged,
                 Handle saved = Handle::None);

/// May another message be staged for `id`? The soft bound of a turn's outputs.
bool has_room(const Segment& segment, ActorId id);

}  // namespace buskin::shm
