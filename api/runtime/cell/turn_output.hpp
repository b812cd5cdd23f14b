// TurnOutput: what a turn makes that happens when it commits, or not at all.
//
// Messages that were sent, timers that were set and cancelled, children that were asked
// for, the saved state, rows of answers that were given. A turn that fails drops it; a
// turn of a group adds it to the group's.
#pragma once

#include <cstddef>
#include <span>
#include <utility>
#include <vector>

#include "api/runtime/endpoint/dead_letters.hpp"
#include "buskin/error.hpp"
#include "shm/actor/replies.hpp"
#include "shm/actor/turn.hpp"

namespace buskin::runtime {

/// Threads: the one that runs the actor.
class TurnOutput {
 public:
  /// An entry of the turn's journal. Its block is HELD by this process, or is the message in hand.
  void stage(const shm::Staged& entry) { entries_.push_back(entry); }
  /// So that the places of the entries stay while `more` are added.
  void reserve(std::size_t more) { entries_.reserve(entries_.size() + more); }
  /// The next saved state, HELD, in place of one that the turn has saved before.
  void save(shm::Thread& thread, shm::Handle state);
  /// The state that the turn has saved so far, for the caller to save again; None for none.
  shm::Handle take_state() { return std::exchange(state_, shm::Handle::None); }
  /// The answer of this row is staged: the row ends when the turn has committed.
  void end_row(shm::ReplyIndex row) { rows_.push_back(row); }
  /// The child, which is reserved, is asked for by the journal. It may be this process's to start.
  void add_child(shm::ActorId child) { children_.push_back(child); }

  std::span<const shm::Staged> entries() const { return entries_; }
  std::span<shm::Staged> entries() { return entries_; }
  /// Is there something that only the journal can commit?
  bool needs_commit() const { return !entries_.empty() || state_ != shm::Handle::None; }
  bool is_empty() const { return !needs_commit() && rows_.empty() && children_.empty(); }

  /// Takes the memory that the commit needs. False: there is none.
  bool reserve(shm::Thread& thread) {
    return entries_.size() < shm::kInlineEntries || shm::reserve_journal(thread, entries_.size() + 1).ok();
  }
  /// Commits the message in hand with the entries and the state, after the messages `before` of a group.
  /// Requires reserve().
  void commit(shm::Thread& thread, shm::LaneReader& reader, const shm::Hand& hand,
              std::span<const shm::Handle> before = {});
  /// The same for a hook or a continuation, which completes no message.
  void commit(shm::Thread& thread, shm::LaneReader& reader);
  /// After the commit.
  void end_rows(shm::Segment& segment);
  bool has_rows() const { return !rows_.empty(); }
  bool has_children() const { return !children_.empty(); }
  std::vector<shm::ActorId> take_children();
  /// The entries, for the caller to send without a journal.
  std::vector<shm::Staged> take_entries();

  /// Takes over what a later turn has made.
  void append(shm::Thread& thread, TurnOutput& later);
  /// The rows whose answers were staged. For a turn that fails: their answers are still owed.
  std::vector<shm::ReplyIndex> take_rows() { return std::exchange(rows_, {}); }
  /// Frees what was staged and saved. Rows stand; the children are the caller's to abandon.
  std::vector<shm::ActorId> drop(shm::Thread& thread);

  /// Takes an entry out whose receiver found no room. A message that was passed on is freed as the input.
  void withdraw(shm::Thread& thread, std::size_t entry);
  /// The same for one whose block was given away: it is not touched.
  void withdraw_given(shm::Thread& thread, std::size_t entry);
  /// The message in hand goes on otherwise, and not inside the notices that were staged about it: they are dropped.
  void withdraw_share(shm::Thread& thread, shm::Handle input);
  /// The places of withdrawn entries are closed up.
  void forget_withdrawn();

 private:
  std::vector<shm::Staged> entries_;
  std::vector<shm::ReplyIndex> rows_;
  std::vector<shm::ActorId> children_;
  shm::Handle state_{};
};

inline void TurnOutput::commit(shm::Thread& thread, shm::LaneReader& reader, const shm::Hand& hand,
                               std::span<const shm::Handle> before) {
  shm::commit_turn(thread, reader, hand, entries_, std::exchange(state_, shm::Handle::None), before);
  thread.count(shm::Counter::Staged, entries_.size());
  entries_.clear();
  if (!thread.undelivered.empty()) [[unlikely]] return_undelivered(thread);
}

}  // namespace buskin::runtime
