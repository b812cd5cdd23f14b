// ShareEntry: a message that is completed, and goes on inside the notices about it.
//
// The message in hand becomes SHARED by its carriers (shm/memory/carrier.hpp) when the turn commits, and not before: an
// attempt that is undone leaves it in its chain. It is an entry of the journal:
//
//   block    the message in hand; `target` has the number of its carriers, which are the entries that follow
//   settled  QUEUED(X, g) -> SHARED(g + 1), the carriers are armed, the references are written
//
// The owner word changes first: until then the link answers for its first sender's stale op record. No carrier leaves
// before the entry is settled, so all of it may be repeated.
#pragma once

#include "shm/actor/turn.hpp"

namespace buskin::shm {

/// The message `input` in hand is carried by the next `carriers` entries.
inline Staged shared_input(Handle input, std::size_t carriers) {
  return {EntryKind::Share, Lane::Messages, input, ActorId::from_word(carriers)};
}

/// Carries out entry `i`, of kind Share, of a committed journal, from wherever it stopped.
void settle_share(Segment& segment, Journal& journal, std::size_t i);

}  // namespace buskin::shm
