// turn: see turn.hpp. Every store of a commit is in program order, because a repairer reads them so.
#include "shm/segment/turn.hpp"

#include "shm/segment/publish.hpp"

namespace buskin::shm {

namespace {

struct Turn {
  Thread& thread;
  LaneReader& reader;
  const Hand& hand;
  std::span<const Staged> staged;
  Handle saved;

  Segment& segment() const { return thread.segment(); }
  Journal& journal() const { return thread.record().journal; }
  std::size_t entries_count() const { return staged.size() + (saved == Handle::None ? 0 : 1); }
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

/// The first entry of a turn that saves, and the value its commit word must reach.
std::uint64_t write_state_entry(const Turn& turn, SavedWord old) {
  std::uint64_t old_own = 0;
  // relaxed: only this actor's commits change its state's owner word.
  if (old.handle != Handle::None) old_own = turn.segment().block(old.handle).own.load_relaxed();
  write_entry(turn, 0, {EntryKind::State, turn.reader.lane(), turn.saved, {}}, old_own);
  // relaxed: as all of the journal.
  turn.journal().saved_from.store_relaxed(old.pack());
  return SavedWord::unpack(SavedWord{old.version + 1, old.handle}.pack()).version;
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
  if (turn.saved == Handle::None) {
    arm(turn, is_done ? CommitKind::Now : CommitKind::Done, turn.hand.seq);
    if (!is_done) turn.reader.store_done(turn.hand);
  } else {
    // relaxed: only the host's commits write it.
    const SavedWord old = SavedWord::unpack(turn.saved_word().load_relaxed());
    const std::uint64_t version = write_state_entry(turn, old);
    arm(turn, CommitKind::State, version);
    // sync(saved): release. Whoever reads the state word sees the block's bytes.
    turn.saved_word().store_release(SavedWord{static_cast<std::uint32_t>(version), turn.saved}.pack());
  }
  crash_order();
  // crash(turn_committed): rolled forward: outputs, state, and the position in hand.
  crash_point("turn_committed");
}

/// HELD -> SAVED(A,g); then the position that the state covers.
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
  if (turn.reader.done() < turn.hand.seq) turn.reader.store_done(turn.hand);
  // relaxed: as above.
  turn.journal().published.store_relaxed(1);
}

void publish(const Turn& turn, JournalEntry& entry) {
  // relaxed: written by this thread.
  const EntryWord what = EntryWord::unpack(entry.what.load_relaxed());
  const ActorId target = ActorId::from_word(entry.target.load_relaxed());
  if (publish_at(turn.thread, entry, {target, what.lane, Admission::Exempt})) return;
  turn.thread.count(Counter::DeadGone);
  if (publish_dead(turn.thread, entry)) return;
  // The input, forwarded to nobody, is freed as the input.
  // relaxed: as above.
  if (turn.segment().block(what.handle).own.load_relaxed() != turn.hand.own) drop(turn.thread, what.handle);
}

void publish_all(const Turn& turn) {
  const std::size_t first = turn.saved == Handle::None ? 0 : 1;
  for (std::size_t i = first; i < turn.entries_count(); ++i) {
    publish(turn, journal_entry(turn.segment(), turn.journal(), i));
    // relaxed: a repairer's shortcut; entries below it are out.
    turn.journal().published.store_relaxed(i + 1);
    crash_order();
  }
}

/// What the turn used up: the input unless it was forwarded, and the state that was replaced.
void retire(const Turn& turn) {
  Journal& journal = turn.journal();
  turn.reader.drop_if_unmoved(turn.thread, turn.hand);
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

JournalEntry& journal_entry(const Segment& segment, Journal& journal, std::size_t i) {
  if (i < kInlineEntries) return journal.entries[i];
  // relaxed: written before the journal was armed.
  const auto overflow = static_cast<Handle>(journal.overflow.load_relaxed());
  return reinterpret_cast<JournalEntry*>(&segment.block(overflow) + 1)[i - kInlineEntries];
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

void commit_turn(Thread& thread, LaneReader& reader, const Hand& hand, std::span<const Staged> staged, Handle saved) {
  const Turn turn{thread, reader, hand, staged, saved};
  Journal& journal = turn.journal();
  if (turn.entries_count() == 0 && reader.done() < hand.seq) {
    reader.complete(thread, hand);
    return release_overflow(thread);
  }
  // relaxed: this thread's own words.
  BUSKIN_CHECK(journal.armed.load_relaxed() == 0);
  BUSKIN_CHECK(turn.entries_count() <= kInlineEntries || journal.overflow.load_relaxed() != 0);
  std::size_t i = saved == Handle::None ? 0 : 1;
  for (const Staged& one : staged) {
    BUSKIN_CHECK(one.kind == EntryKind::Send || one.kind == EntryKind::Create);
    write_entry(turn, i++, one, one.target.word());
  }
  commit(turn);
  if (saved != Handle::None) settle_state(turn);
  publish_all(turn);
  retire(turn);
  crash_order();
  // relaxed: a repairer's word; nothing is owed any more.
  journal.armed.store_relaxed(0);
  crash_order();
  release_overflow(thread);
}

bool has_room(const Segment& segment, ActorId id) {
  if (!is_open(segment, id)) return true;
  // relaxed: written before the mailbox was opened.
  const std::uint32_t capacity = segment.mailbox(id.index).capacity.load_relaxed();
  return pending_count(segment, id.index, Lane::Messages) < capacity;
}

}  // namespace buskin::shm
