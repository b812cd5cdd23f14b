// repair_turn: does what the host does in turn.cpp, but tests before every store, because any of it may have
// been done before.
#include "shm/recovery/repair_turn.hpp"

#include <algorithm>

#include "shm/actor/create_entry.hpp"
#include "shm/memory/evidence.hpp"
#include "shm/memory/carrier.hpp"
#include "shm/actor/publish.hpp"
#include "shm/actor/share_entry.hpp"
#include "shm/mailbox/lane_reader.hpp"
#include "shm/actor/timers.hpp"
#include "shm/actor/turn.hpp"
#include "shm/segment/system_words.hpp"

namespace buskin::shm {

namespace {

/// The commit word's place and value, read once.
struct Commit {
  explicit Commit(const Journal& journal)
      // relaxed: the thread is dead, or its journal is ours.
      : armed(ArmedWord::unpack(journal.armed.load_relaxed())), value(journal.value.load_relaxed()) {}

  bool is_of_lane() const { return armed.kind != CommitKind::Received && armed.kind != CommitKind::Reply; }
  ActorIndex actor() const { return static_cast<ActorIndex>(armed.index); }
  LaneRecord& lane(Segment& segment) const {
    return segment.mailbox(actor()).lanes[static_cast<std::size_t>(armed.lane)];
  }
  const LaneRecord& lane(const Segment& segment) const {
    return segment.mailbox(actor()).lanes[static_cast<std::size_t>(armed.lane)];
  }

  ArmedWord armed;
  std::uint64_t value;
};

bool is_lane_committed(const Segment& segment, const Commit& commit) {
  if (!segment.is_backed(Table::Actors, commit.armed.index)) return false;
  switch (commit.armed.kind) {
    case CommitKind::Done:
      // sync(done): acquire. What was done before it was stored.
      return commit.lane(segment).done.load_acquire() >= commit.value;
    case CommitKind::State:
      // sync(saved): acquire. The state's bytes.
      return SavedWord::unpack(segment.slot(commit.actor()).saved.load_acquire()).version == commit.value;
    case CommitKind::Hand: {
      // sync(hand): acquire. The repairer that lost the message stored it.
      const HandWord hand = HandWord::unpack(commit.lane(segment).hand_meta.load_acquire());
      return hand.phase == Phase::Lost && hand.seq == (commit.value & HandWord::kSeqMask48);
    }
    default: return commit.armed.kind == CommitKind::Now;
  }
}

/// The saved state: HELD -> SAVED(A,g), by the exact words of the entry.
void settle_state(Repair& repair, JournalEntry& entry, ActorIndex actor) {
  // relaxed: the dead thread's journal.
  const Handle handle = EntryWord::unpack(entry.what.load_relaxed()).handle;
  const std::uint64_t from = entry.from.load_relaxed();
  if (peek_own(repair.segment(), handle) != from) return;
  const OwnerWord saved{BlockState::Saved, static_cast<std::uint32_t>(to_bits(actor)), OwnerWord::unpack(from).gen};
  // relaxed: the block came with the commit; only we change it now.
  (void)repair.segment().block(handle).own.cas_relaxed(from, saved.pack());
}

struct Entries {
  std::uint64_t first = 0;
  std::uint64_t end = 0;
};

/// Carries entry `i` out, from wherever its publisher was.
void settle_entry(Repair& repair, Journal& journal, std::uint64_t i) {
  JournalEntry& entry = journal_entry(repair.segment(), journal, i);
  // relaxed: the dead thread's journal, and now ours alone.
  switch (EntryWord::unpack(entry.what.load_relaxed()).kind) {
    case EntryKind::Timer: return settle_timer(repair.own, entry);
    case EntryKind::Create: return settle_create_entry(repair.own, entry, repair.dead.index);
    case EntryKind::Share: return settle_share(repair.segment(), journal, i);
    default: break;
  }
  if (publish_again(repair.own, entry)) ++repair.out.counts.published;
}

/// Publishes those of `entries` that are not out yet.
void publish_rest(Repair& repair, Journal& journal, const Entries& entries) {
  // relaxed: the dead thread's journal, and now ours alone.
  for (std::uint64_t i = std::max(entries.first, journal.published.load_relaxed()); i < entries.end; ++i) {
    settle_entry(repair, journal, i);
    // crash(reaper_published): the entry is out; the next repairer finds it so.
    crash_point("reaper_published");
    // relaxed: as above.
    journal.published.store_relaxed(i + 1);
    crash_order();
  }
}

/// Publishes what is due while a covered position is in hand, and frees its message. The position is done.
void finish_covered(Repair& repair, Journal& journal, DueEntries& due, const LaneRecord& lane) {
  // relaxed: the dead host's words, or ours; whole, because `done` has reached them.
  const auto handle = static_cast<Handle>(lane.hand_handle.load_relaxed());
  const std::uint64_t own = lane.hand_own.load_relaxed();
  publish_rest(repair, journal, {.end = due.end_with(handle)});
  if (drop_exact(repair.own, handle, own)) ++repair.out.counts.retired;
}

/// Completes the positions that a committed state covers, one by one.
void complete_covered(Repair& repair, Journal& journal, const Commit& commit) {
  Segment& segment = repair.segment();
  LaneRecord& lane = commit.lane(segment);
  // relaxed: the dead thread's journal.
  const std::uint64_t covers = journal.covers.load_relaxed();
  DueEntries due(segment, journal, entries_count(segment, journal));
  // relaxed: the dead host's words.
  const HandWord hand = HandWord::unpack(lane.hand_meta.load_relaxed());
  if (hand.seq == (lane.done.load_relaxed() & HandWord::kSeqMask48)) finish_covered(repair, journal, due, lane);
  LaneReader reader(segment, commit.actor(), commit.armed.lane);
  // Ends: with the last position of the group; all of them are in the chain.
  while (reader.done() < covers && reader.poll()) {
    reader.store_done(reader.begin(Phase::Skip));
    // crash(reaper_passed): done and in hand, as after the same death of the host.
    crash_point("reaper_passed");
    finish_covered(repair, journal, due, lane);
    crash_order();
  }
}

/// Frees the state that was replaced, by the exact word that it had.
void free_former_state(Repair& repair, Journal& journal) {
  // relaxed: the dead thread's journal.
  const Handle old = SavedWord::unpack(journal.saved_from.load_relaxed()).handle;
  const std::uint64_t own = journal.entries[0].target.load_relaxed();
  if (old != Handle::None) (void)drop_exact(repair.own, old, own);
}

/// At most once: the handler returned, so the message is not lost.
void mark_handled(LaneRecord& lane, std::uint64_t seq) {
  // relaxed: the dead host's word.
  const std::uint64_t seen = lane.hand_meta.load_relaxed();
  HandWord hand = HandWord::unpack(seen);
  if (hand.seq != (seq & HandWord::kSeqMask48) || hand.phase != Phase::Running) return;
  hand.phase = Phase::Handled;
  // sync(hand): release. As in LaneReader::store_handled().
  (void)lane.hand_meta.cas_release(seen, hand.pack());
}

}  // namespace

std::uint64_t entries_count(const Segment& segment, const Journal& journal) {
  // relaxed: the dead thread's journal.
  if (journal.armed.load_relaxed() == 0) return 0;
  const std::uint64_t count = journal.count.load_relaxed();
  const auto overflow = static_cast<Handle>(journal.overflow.load_relaxed());
  const bool is_there = OwnerWord::unpack(peek_own(segment, overflow)).state == BlockState::Held;
  return is_there ? count : std::min<std::uint64_t>(count, kInlineEntries);
}

bool is_committed(const Segment& segment, const ThreadRecord& record) {
  const Commit commit(record.journal);
  if (commit.is_of_lane()) return is_lane_committed(segment, commit);
  if (commit.armed.kind == CommitKind::Received) {
    if (!segment.is_backed(Table::Links, commit.armed.index)) return false;
    // relaxed: the dead bridge's word; the kernel said that it is dead before we read.
    return segment.row<LinkRow>(Table::Links, commit.armed.index).received.load_relaxed() >= commit.value;
  }
  if (!segment.is_backed(Table::Replies, commit.armed.index)) return false;
  // relaxed: as above; the word of the thread that answered.
  return segment.row<ReplyRow>(Table::Replies, commit.armed.index).state.load_relaxed() == commit.value;
}

void finish_turn(Repair& repair, ThreadRecord& record) {
  Segment& segment = repair.segment();
  Journal& journal = record.journal;
  const Commit commit(journal);
  // relaxed: the dead thread's journal.
  const bool saves = EntryWord::unpack(journal.entries[0].what.load_relaxed()).kind == EntryKind::State &&
                     commit.armed.kind == CommitKind::State && entries_count(segment, journal) != 0;
  const Entries rest{.first = saves ? std::uint64_t{1} : 0, .end = entries_count(segment, journal)};
  if (saves) {
    settle_state(repair, journal.entries[0], commit.actor());
    // relaxed: as above. A repairer's shortcut.
    if (journal.published.load_relaxed() == 0) journal.published.store_relaxed(1);
    crash_order();
    // crash(reaper_state_settled): the state has its word; the positions it covers are completed next.
    crash_point("reaper_state_settled");
  }
  if (commit.armed.kind == CommitKind::State) complete_covered(repair, journal, commit);
  publish_rest(repair, journal, rest);
  if (saves) free_former_state(repair, journal);
  if (commit.armed.kind == CommitKind::Now) mark_handled(commit.lane(segment), commit.value);
}

void lose_in_hand(Repair& repair, ActorId id, Lane lane) {
  Segment& segment = repair.segment();
  LaneRecord& record = segment.mailbox(id.index).lanes[static_cast<std::size_t>(lane)];
  // relaxed: the dead host's words; the record is whole, because `done` has reached it.
  const std::uint64_t seen = record.hand_meta.load_relaxed();
  const auto handle = static_cast<Handle>(record.hand_handle.load_relaxed());
  const std::uint64_t own = record.hand_own.load_relaxed();
  if (peek_own(segment, handle) != own) return;  // Kept or forwarded: not lost.
  HandWord hand = HandWord::unpack(seen);
  const ActorId dead = dead_letter_actor_of(segment);
  const bool is_heard = is_open(segment, dead);
  Handle sent = is_heard && repair.options.make_dead_letter ? repair.options.make_dead_letter(repair.own, id, handle)
                                                            : Handle::None;
  const bool is_made = sent != Handle::None;  // Then the message goes on inside it, or is freed as a completed one.
  if (!is_made) sent = handle;
  Journal& journal = repair.own.record().journal;
  // relaxed: our own journal, written before it is armed.
  BUSKIN_CHECK(journal.armed.load_relaxed() == 0);
  std::size_t count = 0;
  const auto write = [&](const Staged& staged) {
    JournalEntry& entry = journal.entries[count++];
    // relaxed: as above.
    entry.own.store_relaxed(0);
    entry.what.store_relaxed(EntryWord{staged.kind, Lane::Messages, staged.block}.pack());
    entry.target.store_relaxed(staged.target.word());
    // relaxed: as above.
    entry.from.store_relaxed(segment.block(staged.block).own.load_relaxed());
  };
  if (is_made && brings(segment, sent, handle)) write(shared_input(handle, 1));
  if (is_heard) write({EntryKind::Send, Lane::Messages, sent, dead});
  // relaxed: as above.
  journal.value.store_relaxed(hand.seq);
  journal.count.store_relaxed(count);
  journal.published.store_relaxed(0);
  crash_order();
  // relaxed: as above.
  journal.armed.store_relaxed(ArmedWord{CommitKind::Hand, lane, static_cast<std::uint32_t>(to_bits(id.index))}.pack());
  crash_order();
  // crash(losing_armed): not committed: our own repairer clears the record, and loses the message again.
  crash_point("losing_armed");
  hand.phase = Phase::Lost;
  // sync(hand): release. The commit of this turn.
  if (record.hand_meta.cas_release(seen, hand.pack())) {
    // crash(losing_committed): rolled forward from our record, or dropped as completed.
    crash_point("losing_committed");
    publish_rest(repair, journal, {.end = entries_count(segment, journal)});
    repair.own.count(Counter::LostInHand);
    ++repair.out.counts.lost_in_hand;
  } else if (is_made) {
    drop(repair.own, sent);
  }
  // relaxed: as above; nothing is owed any more.
  journal.armed.store_relaxed(0);
  crash_order();
}

}  // namespace buskin::shm
