// Turn: consuming one message, everything sent meanwhile and the new saved state, as one.
//
// Sends are gathered in private memory while the handler runs. commit_turn()
// writes them into the thread record's journal, arms it, stores the one commit
// word, and publishes. A process that finds the record after a death rolls back
// or forward from the words alone. Nothing stands in the record while a handler runs.
//
// The commit word
//   Done   usual turns: `done` of the lane reaches the position of the input
//   State  turns that save, and groups: the version of the saved state grows. It commits all
//          positions up to the one that the journal covers; the process that finishes
//          the journal completes them.
//   Now    at most once: `done` is long stored; the armed journal itself commits. So it does for a
//          turn without a message that saves nothing
//
// A group is several messages that are one turn. They were begun one after the
// other and stay in the chain. Their completion goes through hand, one by one; a
// forwarded one is published, and all that was staged before it, while hand names it:
// otherwise nothing names it, and its first sender's stale record frees it.
//
// The entry of the saved state comes first; `target` has the exact owner word of
// the state it replaces, which is freed last.
#pragma once

#include <span>

#include "shm/mailbox/lane_reader.hpp"
#include "shm/mailbox/send.hpp"

namespace buskin::shm {

/// One staged publication. The block is HELD by this process, or is the input itself (forward); other kinds
/// than Send are in create_entry.hpp and timers.hpp.
struct Staged {
  Staged() = default;
  Staged(EntryKind what, Lane to_lane, Handle handle, ActorId to)
      : kind(what), lane(to_lane), block(handle), target(to) {}

  EntryKind kind = EntryKind::Send;  ///< Not State.
  Lane lane = Lane::Messages;
  std::uint32_t bytes_taken = 0;  ///< From the target's limit; see take_room().
  Handle block{};
  ActorId target{};
};

/// How a staged message is pushed: `bytes_taken` says whether it has its place in the limit.
inline Admission admission_of(const Staged& staged) {
  return staged.bytes_taken != 0 ? Admission::Staged : Admission::Exempt;
}

/// Room for the journal of a turn with more than kInlineEntries entries, taken before the commit
/// so that the commit itself needs no memory. A saved state counts as an entry.
Result<Done, MemoryError> reserve_journal(Thread& thread, std::size_t entries);

/// Commits the message in hand with `staged`, in order. `saved` is the new state block or None.
/// A target that is gone gets its message counted and freed, or sent to the dead-letter actor.
/// Requires reserve_journal() for more than kInlineEntries entries. Cost: about 4 ns and the sends.
/// A group names its messages before the one in hand, oldest first.
void commit_turn(Thread& thread, LaneReader& reader, const Hand& hand, std::span<const Staged> staged,
                 Handle saved = Handle::None, std::span<const Handle> before = {});
/// The same for a turn without a message: a hook, or a continuation. No message of `reader` is completed.
void commit_hook(Thread& thread, LaneReader& reader, std::span<const Staged> staged, Handle saved = Handle::None);

/// Entry `i` of a journal: inline, or behind the header of the overflow block.
JournalEntry& journal_entry(Segment& segment, Journal& journal, std::size_t i);
const JournalEntry& journal_entry(const Segment& segment, const Journal& journal, std::size_t i);

/// Goes once through the entries of a group while its messages are completed, oldest first.
class DueEntries {
 public:
  DueEntries(Segment& segment, Journal& journal, std::uint64_t count);
  /// The end of the entries that are due while `input` is in hand; 0 when it is not forwarded.
  std::uint64_t end_with(Handle input);

 private:
  Segment& segment_;
  Journal& journal_;
  std::uint64_t count_;
  std::uint64_t at_;
};

/// For a turn's journal: the message in hand, which is returned (shm/memory/returned.hpp), goes to its sender; one that
/// asked, as the answer.
Staged to_sender(const Segment& segment, Handle message);

/// May another message be staged for `id`? The soft bound of a turn's outputs. True when it is gone:
/// then the message does not wait for room either.
bool has_room(const Segment& segment, ActorId id);

/// Takes room for a message of lane Messages that is about to be staged; false when there is none. Its bytes are
/// taken from the target's limit; drop_staged() or the commit gives them back. True when the target is gone.
bool take_room(Segment& segment, Staged& staged);
/// A staged message does not leave: its bytes are given back, and its block is dropped unless it is the input.
void drop_staged(Thread& thread, const Staged& staged);

}  // namespace buskin::shm
