// Publish: one entry of a journal leaves, for the living host of a turn and for its repairer alike.
//
// The entry is written first (`own`), then the block's owner word, then the
// chain. So whoever comes after a death sees by the block's word how far it was:
//
//   block has entry.own   the chain that this word names tells whether it was pushed
//   block has entry.from  not begun
//   else                  pushed, and gone on
#pragma once

#include "shm/mailbox/send.hpp"

namespace buskin::shm {

/// Gives the block its new owner word, journal first, and pushes it. False when the target is gone;
/// the block may have the word of the entry then.
bool publish_at(Thread& thread, JournalEntry& entry, const Destination& to);

/// The entry's message found no receiver: counted, and noted in Thread::undelivered for whoever is to hear of it.
void note_undelivered(Thread& thread, const JournalEntry& entry);

enum class Publication : std::uint8_t {
  Before,  ///< It was out already.
  Now,
  Gone,    ///< The target is: the block is still the publisher's, by one of the entry's words.
};
/// Publishes the entry of a committed turn from wherever its publisher was, if its target is there.
Publication publish_unfinished(Thread& thread, JournalEntry& entry);

/// Publishes the entry of a committed turn, from wherever its dead publisher was. A message whose target is gone
/// is freed, unless it has `input_own`: the input is freed as the input. True when something was still to be done.
bool publish_again(Thread& thread, JournalEntry& entry, std::uint64_t input_own);

}  // namespace buskin::shm
