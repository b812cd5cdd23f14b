// Publish: one entry of a journal leaves. The living host of a turn and its repairer do it in the same way.
//
// The entry is written first (`own`), then the block's owner word, then the
// chain. So the block's word says after a death how far its publisher was:
//
//   block has entry.own   the chain that this word names shows whether it was pushed
//   block has entry.from  not begun
//   any other word        pushed, and gone on
#pragma once

#include "shm/mailbox/send.hpp"

namespace buskin::shm {

/// Gives the block its new owner word, journal first, and pushes it. False when the target is gone;
/// the block may have the word of the entry then.
bool publish_entry(Thread& thread, JournalEntry& entry, const Destination& to);

/// The entry's message found no receiver: counted, HELD by `thread` and noted in Thread::undelivered, from which its
/// sender is notified; or dropped, when nobody is notified of it.
void note_undelivered(Thread& thread, const JournalEntry& entry);

enum class Publication : std::uint8_t {
  Before,  ///< It was out already.
  Now,
  Gone,    ///< The target is gone: the block is still the publisher's, by one of the entry's words.
};
/// Publishes the entry of a committed turn from wherever its publisher was, if its target is there.
Publication publish_unfinished(Thread& thread, JournalEntry& entry);

/// Publishes the entry of a committed turn, from wherever its dead publisher was; note_undelivered() when its target is
/// gone. True when something was still to be done.
bool publish_again(Thread& thread, JournalEntry& entry);

}  // namespace buskin::shm
