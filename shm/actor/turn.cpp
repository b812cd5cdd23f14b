// turn: every store of a commit is in program order, because a repairer reads them so.
#include "shm/actor/turn.hpp"

#include <type_traits>

#include "shm/actor/create_entry.hpp"
#include "shm/actor/publish.hpp"
#include "shm/actor/share_entry.hpp"
#include "shm/memory/payload.hpp"
#include "shm/actor/timers.hpp"
#include "shm/segment/slot_facts.hpp"

namespace buskin::shm {

namespace {

struct Turn {
  Thread& thread;
  LaneReader& reader;
  const Hand& hand;
  std::span<const Staged> staged;
  Handle saved;
  std::span<const Handle> before;  // Messages of a group.

  Segment& segment() const { return thread.segment(); }
  Journal& journal() const { return thread.record().journal; }
  bool is_group() const { return !before.empty(); }
  std::size_t entries_count() const { return staged.size() + (saved == Handle::None ? 0 : 1); }
  /// The staged message of entry `i`, which is not the state's.
  const Staged& staged_at(std::size_t i) const { return staged[i - (saved == Handle::None ? 0 : 1)]; }
  Atomic<std::uint64_t>& saved_word() const { return segment().slot(reader.actor()).saved; }
};

std::size_t overflow_bytes(std::size_t entries) {
  return kHeaderBytes + (entries - kInlineEntries) * sizeof(JournalEntry);
}

void write_entry(const Turn& turn, std::size_t i, const Staged& staged, std::uint64_t target) {
  JournalEntry& entry = journal_entry(turn.segment(), turn.journal(), i);
  // relaxed: a repairer reads the journal, and only when it is armed.
  entry.own.store_relaxed(0);
  entry.what.store_relaxed(EntryWord{staged.kind, staged.lane, staged.block}.pack());
  entry.target.store_relaxed(target);
  // relaxed: the block is ours, or in our hand.
  entry.from.store_relaxed(turn.segment().block(staged.block).own.load_relaxed());
}

/// The first entry of a turn that saves.
void write_state_entry(const Turn& turn, SavedWord old) {
  std::uint64_t old_own = 0;
  // relaxed: only this actor's commits change its state's owner word.
  if (old.handle != Handle::None) old_own = turn.segment().block(old.handle).own.load_relaxed();
  write_entry(turn, 0, {EntryKind::State, turn.reader.lane(), turn.saved, {}}, old_own);
  // relaxed: as all of the journal.
  turn.journal().saved_from.store_relaxed(old.pack());
}

void arm(const Turn& turn, CommitKind kind, std::uint64_t value) {
  Journal& journal = turn.journal();
  // relaxed: as above; the barriers keep the order for a repairer.
  journal.value.store_relaxed(value);
  journal.count.store_relaxed(turn.entries_count());
  journal.published.store_relaxed(0);
  crash_order();
  const ArmedWord armed{kind, turn.reader.lane(), static_cast<std::uint32_t>(to_bits(turn.reader.actor()))};
  // relaxed: as above.
  journal.armed.store_relaxed(armed.pack());
  crash_order();
  // crash(turn_armed): the commit word is not reached: the repairer clears the record, the outputs are
  //   swept, the message is handled again.
  crash_point("turn_armed");
}

/// Stores the one word that decides.
void commit(const Turn& turn) {
  const bool is_done = turn.reader.done() >= turn.hand.seq;  // At most once.
  if (turn.saved == Handle::None && !turn.is_group()) {
    arm(turn, is_done ? CommitKind::Now : CommitKind::Done, turn.hand.seq);
    if (!is_done) turn.reader.store_done(turn.hand);
  } else {
    // relaxed: only the host's commits write it.
    const SavedWord old = SavedWord::unpack(turn.saved_word().load_relaxed());
    if (turn.saved != Handle::None) write_state_entry(turn, old);
    // A group that saves nothing commits by the same word: another version of the same state.
    const Handle state = turn.saved == Handle::None ? old.handle : turn.saved;
    const std::uint64_t next = SavedWord{old.version + 1, state}.pack();
    // relaxed: as all of the journal.
    turn.journal().covers.store_relaxed(turn.hand.seq);
    arm(turn, CommitKind::State, SavedWord::unpack(next).version);
    // sync(saved): release. A reader of the state word sees the block's bytes.
    turn.saved_word().store_release(next);
  }
  crash_order();
  // crash(turn_committed): rolled forward: outputs, state, and the position in hand.
  crash_point("turn_committed");
}

/// HELD -> SAVED(A,g).
void settle_state(const Turn& turn) {
  JournalEntry& entry = journal_entry(turn.segment(), turn.journal(), 0);
  BlockHeader& block = turn.segment().block(turn.saved);
  // relaxed: ours until it is SAVED.
  const OwnerWord held = OwnerWord::unpack(block.own.load_relaxed());
  const auto actor = static_cast<std::uint32_t>(to_bits(turn.reader.actor()));
  const std::uint64_t own = OwnerWord{BlockState::Saved, actor, held.gen}.pack();
  // relaxed: read by a repairer, in program order.
  entry.own.store_relaxed(own);
  crash_order();
  block.own.store_relaxed(own);
  crash_order();
  // crash(turn_state_saved): the state stands, the input is not completed: the repairer does it.
  crash_point("turn_state_saved");
  // relaxed: as above.
  turn.journal().published.store_relaxed(1);
  crash_order();
}

void publish(const Turn& turn, std::size_t i) {
  JournalEntry& entry = journal_entry(turn.segment(), turn.journal(), i);
  // relaxed: written by this thread.
  const EntryWord what = EntryWord::unpack(entry.what.load_relaxed());
  if (what.kind == EntryKind::Timer) return settle_timer(turn.thread, entry);
  if (what.kind == EntryKind::Create) return settle_create_entry(turn.thread, entry, turn.thread.process());
  if (what.kind == EntryKind::Share) return settle_share(turn.segment(), turn.journal(), i);
  // relaxed: as above.
  const ActorId target = ActorId::from_word(entry.target.load_relaxed());
  if (publish_entry(turn.thread, entry, {target, what.lane, admission_of(turn.staged_at(i))})) return;
  note_undelivered(turn.thread, entry);
}

/// Publishes the entries below `end` that are not out yet.
void publish_until(const Turn& turn, std::size_t end) {
  // relaxed: written by this thread. A repairer's shortcut: entries below it are out.
  for (std::size_t i = turn.journal().published.load_relaxed(); i < end; ++i) {
    publish(turn, i);
    // relaxed: as above.
    turn.journal().published.store_relaxed(i + 1);
    crash_order();
  }
}

/// Does one of the entries from `first` to before `end` give the message away? Once it is out, the block may be another
/// one's, or its pages may be gone.
bool gives_away(const Turn& turn, std::size_t first, std::size_t end, Handle message) {
  for (std::size_t i = std::max(first, turn.entries_count() - turn.staged.size()); i < end; ++i) {
    if (turn.staged_at(i).block == message) return true;
  }
  return false;
}

/// Completes the messages of a group before its last, one by one through hand.
void complete_before(const Turn& turn) {
  turn.reader.go_back();
  DueEntries due(turn.segment(), turn.journal(), turn.entries_count());
  for (const Handle handle : turn.before) {
    const Hand hand = turn.reader.pass(handle);
    turn.reader.store_done(hand);
    // crash(group_passed): completed and in hand: what it was forwarded as goes out before hand moves on.
    crash_point("group_passed");
    // relaxed: written by this thread.
    const std::size_t first = turn.journal().published.load_relaxed();
    const std::size_t end = due.end_with(handle);
    publish_until(turn, end);
    if (!gives_away(turn, first, end, handle)) turn.reader.drop_if_unmoved(turn.thread, hand);
    crash_order();
  }
}

/// A group without outputs or state: there is nothing that must be one with its completion.
void complete_idle(const Turn& turn) {
  if (turn.is_group()) {
    turn.reader.go_back();
    for (const Handle handle : turn.before) turn.reader.complete(turn.thread, turn.reader.pass(handle));
    return turn.reader.complete(turn.thread, turn.reader.pass(turn.hand.handle));
  }
  turn.reader.complete(turn.thread, turn.hand);
}

/// After the commit by state: the messages it covers.
void complete_covered(const Turn& turn) {
  if (turn.is_group()) {
    complete_before(turn);
    turn.reader.store_done(turn.reader.pass(turn.hand.handle));
  } else if (turn.reader.done() < turn.hand.seq) {
    turn.reader.store_done(turn.hand);
  }
}

/// Frees what the turn used up: the input unless it was forwarded, and the state that was replaced.
void retire(const Turn& turn) {
  Journal& journal = turn.journal();
  const Handle input = turn.hand.handle;
  if (input != Handle::None && !gives_away(turn, 0, turn.entries_count(), input)) {
    turn.reader.drop_if_unmoved(turn.thread, turn.hand);
  }
  // crash(turn_input_retired): freed by its exact owner word, or moved; a repairer finds nothing to do.
  crash_point("turn_input_retired");
  if (turn.saved == Handle::None) return;
  // relaxed: written by this thread.
  const Handle old = SavedWord::unpack(journal.saved_from.load_relaxed()).handle;
  if (old != Handle::None) drop(turn.thread, old);
}

void release_overflow(Thread& thread) {
  Journal& journal = thread.record().journal;
  // relaxed: this thread's own; the block is HELD, so a sweep finds it without the journal.
  const auto overflow = static_cast<Handle>(journal.overflow.load_relaxed());
  if (overflow == Handle::None) return;
  journal.overflow.store_relaxed(0);
  crash_order();
  thread.heap().free(overflow);
}

}  // namespace

DueEntries::DueEntries(Segment& segment, Journal& journal, std::uint64_t count)
    // relaxed: this thread's own journal, or a dead one's.
    : segment_(segment), journal_(journal), count_(count), at_(journal.published.load_relaxed()) {}

std::uint64_t DueEntries::end_with(Handle input) {
  for (; at_ < count_; ++at_) {
    const JournalEntry& entry = journal_entry(segment_, journal_, at_);
    // relaxed: as above.
    const Handle handle = EntryWord::unpack(entry.what.load_relaxed()).handle;
    if (handle == input) return ++at_;
    // A message that comes from a chain and is not begun is a later input. One that is begun was turned from a
    // closed mailbox to the dead letters, and comes from that one.
    // relaxed: as above.
    if (OwnerWord::unpack(entry.from.load_relaxed()).is_queued() && entry.own.load_relaxed() == 0) return 0;
  }
  return 0;
}

JournalEntry& journal_entry(Segment& segment, Journal& journal, std::size_t i) {
  if (i < kInlineEntries) return journal.entries[i];
  // relaxed: written before the journal was armed.
  const auto overflow = static_cast<Handle>(journal.overflow.load_relaxed());
  return reinterpret_cast<JournalEntry*>(&segment.block(overflow) + 1)[i - kInlineEntries];
}

const JournalEntry& journal_entry(const Segment& segment, const Journal& journal, std::size_t i) {
  if (i < kInlineEntries) return journal.entries[i];
  // relaxed: as above.
  const auto overflow = static_cast<Handle>(journal.overflow.load_relaxed());
  return reinterpret_cast<const JournalEntry*>(&segment.block(overflow) + 1)[i - kInlineEntries];
}

Result<Done, MemoryError> reserve_journal(Thread& thread, std::size_t entries) {
  if (entries <= kInlineEntries) return Done{};
  Journal& journal = thread.record().journal;
  // relaxed: this thread's own; read by a repairer only while armed.
  BUSKIN_CHECK(journal.armed.load_relaxed() == 0);
  const auto present = static_cast<Handle>(journal.overflow.load_relaxed());
  const std::size_t bytes = overflow_bytes(entries);
  if (present != Handle::None && block_bytes(thread.segment(), present) >= bytes) return Done{};
  release_overflow(thread);
  const auto block = thread.heap().allocate(bytes);
  if (!block.ok()) return Failure{block.error()};
  // relaxed: as above.
  journal.overflow.store_relaxed(to_bits(block.value()));
  return Done{};
}

void commit_turn(Thread& thread, LaneReader& reader, const Hand& hand, std::span<const Staged> staged, Handle saved,
                 std::span<const Handle> before) {
  const Turn turn{thread, reader, hand, staged, saved, before};
  Journal& journal = turn.journal();
  if (turn.entries_count() == 0 && reader.done() < hand.seq) {
    complete_idle(turn);
    return release_overflow(thread);
  }
  // relaxed: this thread's own words.
  BUSKIN_CHECK(journal.armed.load_relaxed() == 0);
  BUSKIN_CHECK(turn.entries_count() <= kInlineEntries || journal.overflow.load_relaxed() != 0);
  std::size_t i = saved == Handle::None ? 0 : 1;
  for (const Staged& one : staged) {
    BUSKIN_CHECK(one.kind != EntryKind::State);
    write_entry(turn, i++, one, one.target.word());
  }
  commit(turn);
  if (saved != Handle::None) settle_state(turn);
  complete_covered(turn);
  publish_until(turn, turn.entries_count());
  retire(turn);
  crash_order();
  // relaxed: a repairer's word; nothing is owed any more.
  journal.armed.store_relaxed(0);
  crash_order();
  release_overflow(thread);
}

Staged to_sender(const Segment& segment, Handle message) {
  const Undelivered facts = undelivered_of({}, view_payload(segment, message));
  BUSKIN_CHECK(facts.is_returned);
  return {EntryKind::Send, facts.correlation != 0 ? Lane::Replies : Lane::Messages, message, facts.sender};
}

void commit_hook(Thread& thread, LaneReader& reader, std::span<const Staged> staged, Handle saved) {
  // What is done is all that it covers.
  const Hand nothing{.seq = reader.done()};
  if (!staged.empty() || saved != Handle::None) commit_turn(thread, reader, nothing, staged, saved);
}

bool has_room(const Segment& segment, ActorId id) {
  if (!is_open(segment, id)) return true;
  return pending_count(segment, id.index, Lane::Messages) < capacity_of(segment, id);
}

bool take_room(Segment& segment, Staged& staged) {
  if (!has_room(segment, staged.target)) return false;
  const auto bytes = static_cast<std::uint32_t>(payload_bytes(segment, staged.block));
  const auto take_of = [&](const auto& limit) {
    const auto room = limit.take(bytes);
    using Room = std::remove_const_t<decltype(room)>;
    if (room == Room::Taken) staged.bytes_taken = bytes;
    return room != Room::Full;
  };
  const bool is_limited = has_byte_limit(segment.mailbox(staged.target.index));
  if (is_limited) [[unlikely]] return take_of(ByteQuota(segment, staged.target));
  return bytes < kLargeBytes || take_of(MemoryShare(segment, staged.target));
}

void drop_staged(Thread& thread, const Staged& staged) {
  Segment& segment = thread.segment();
  if (staged.bytes_taken != 0) ByteQuota(segment, staged.target).give_back(staged.bytes_taken);
  if (staged.block != Handle::None && is_held(segment, staged.block)) drop(thread, staged.block);
}

}  // namespace buskin::shm
