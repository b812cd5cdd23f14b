// timers: every store is in program order, because a repairer reads them so.
#include "shm/actor/timers.hpp"

#include <algorithm>
#include <array>

#include "shm/base/crash_point.hpp"
#include "shm/memory/evidence.hpp"
#include "shm/memory/multicast.hpp"
#include "shm/memory/payload.hpp"
#include "shm/actor/publish.hpp"

namespace buskin::shm {

namespace {

BlockExtension& extension_of(Segment& segment, Handle block) {
  return *reinterpret_cast<BlockExtension*>(&segment.block(block) + 1);
}

const BlockExtension& extension_of(const Segment& segment, Handle block) {
  return *reinterpret_cast<const BlockExtension*>(&segment.block(block) + 1);
}

bool is_timed(const Segment& segment, Handle block, ActorIndex actor) {
  const OwnerWord own = OwnerWord::unpack(peek_own(segment, block));
  return own.state == BlockState::Timed && own.id == to_bits(actor);
}

/// The new first of the chain. Once: it is the first, or in no chain.
void link(Segment& segment, ActorIndex actor, Handle block) {
  Atomic<std::uint64_t>& head = segment.slot(actor).timers;
  // relaxed: the chain is its host's, or its repairer's, which reads in program order.
  const std::uint64_t first = head.load_relaxed();
  if (first == to_bits(block)) return;
  extension_of(segment, block).link.store_relaxed(first);
  crash_order();
  // relaxed: as above.
  head.store_relaxed(to_bits(block));
  crash_order();
}

/// Without effect when it is in no chain any more.
void unlink(Segment& segment, ActorIndex actor, Handle block) {
  Atomic<std::uint64_t>* word = &segment.slot(actor).timers;
  // relaxed: as in link().
  auto at = static_cast<Handle>(word->load_relaxed());
  // Ends: at the block, or at the end of a chain of blocks that were linked one before the other.
  while (at != block) {
    if (!is_timed(segment, at, actor)) return;
    word = &extension_of(segment, at).link;
    at = static_cast<Handle>(word->load_relaxed());  // relaxed: as above.
  }
  // relaxed: as above.
  word->store_relaxed(extension_of(segment, block).link.load_relaxed());
  crash_order();
}

/// HELD -> TIMED(A,g), and into the chain.
void set(Thread& thread, JournalEntry& entry, Handle block, ActorId actor) {
  Segment& segment = thread.segment();
  // relaxed: the entry is ours, or a dead thread's.
  const std::uint64_t from = entry.from.load_relaxed();
  const std::uint64_t seen = peek_own(segment, block);
  const OwnerWord timed{BlockState::Timed, static_cast<std::uint32_t>(to_bits(actor.index)),
                        OwnerWord::unpack(from).gen};
  if (seen != from && seen != timed.pack()) return;
  if (!is_open(segment, actor)) return (void)drop_exact(thread, block, seen);
  // relaxed: read by a repairer, in program order.
  entry.own.store_relaxed(timed.pack());
  crash_order();
  segment.block(block).own.store_relaxed(timed.pack());
  crash_order();
  // crash(timer_owned): TIMED, in no chain: the journal still names it, and it is linked then.
  crash_point("timer_owned");
  link(segment, actor.index, block);
  // crash(timer_linked): it is the first of the chain: linked once.
  crash_point("timer_linked");
}

/// From here on the block is a message like others.
void clear_spec(Segment& segment, Handle block) {
  BlockExtension& extension = extension_of(segment, block);
  extension.correlation = 0;
  extension.deadline_ns = 0;
  extension.id = 0;
  // relaxed: in no chain any more.
  extension.link.store_relaxed(0);
  crash_order();
}

struct NowJournal {
  Thread& thread;
  ActorId actor;
  std::span<const Staged> entries;
};

/// Writes the entries, arms the journal, which commits them, and carries them out.
void commit_now(const NowJournal& now) {
  Journal& journal = now.thread.record().journal;
  const Segment& segment = now.thread.segment();
  // relaxed: our own journal, written before it is armed.
  BUSKIN_CHECK(journal.armed.load_relaxed() == 0);
  for (std::size_t i = 0; i < now.entries.size(); ++i) {
    const Staged& one = now.entries[i];
    JournalEntry& entry = journal.entries[i];
    // relaxed: as above.
    entry.own.store_relaxed(0);
    entry.what.store_relaxed(EntryWord{one.kind, one.lane, one.block}.pack());
    entry.target.store_relaxed(one.target.word());
    // relaxed: as above. The block is ours, or our actor's.
    entry.from.store_relaxed(segment.block(one.block).own.load_relaxed());
  }
  // relaxed: as above. No position of a lane has the value 0.
  journal.value.store_relaxed(0);
  journal.count.store_relaxed(now.entries.size());
  journal.published.store_relaxed(0);
  crash_order();
  const auto index = static_cast<std::uint32_t>(to_bits(now.actor.index));
  // relaxed: as above.
  journal.armed.store_relaxed(ArmedWord{CommitKind::Now, Lane::Messages, index}.pack());
  crash_order();
  // crash(timer_armed): committed: the repairer carries the entries out.
  crash_point("timer_armed");
  for (std::size_t i = 0; i < now.entries.size(); ++i) {
    settle_timer(now.thread, journal.entries[i]);
    // relaxed: a repairer's shortcut; entries below it are done.
    journal.published.store_relaxed(i + 1);
    crash_order();
  }
  // relaxed: a repairer's word; nothing is owed any more.
  journal.armed.store_relaxed(0);
  crash_order();
}

}  // namespace

Result<Handle, MemoryError> open_timer(Thread& thread, const TimerSpec& spec, TypeIndex type, ActorId actor,
                                       std::uint64_t bytes, std::span<std::byte>& place) {
  const Envelope envelope{.type = type,
                          .flags = BlockFlag::kExempt,
                          .sender = actor,
                          .correlation = spec.period_ns,
                          .deadline_ns = spec.due_ns,
                          .id = spec.id};
  return open_block(thread, envelope, bytes, place);
}

Result<Handle, MemoryError> copy_timer(Thread& thread, ActorId actor, Handle block, const TimerSpec& spec) {
  const PayloadView mail = view_payload(thread.segment(), block);
  std::span<std::byte> place;
  const auto made = open_timer(thread, spec, mail.type, actor, mail.bytes.size(), place);
  if (made.ok()) std::copy(mail.bytes.begin(), mail.bytes.end(), place.begin());
  return made;
}

void fire_timer(Thread& thread, ActorId actor, Handle block, Handle next) {
  // A set timer is fired by an entry of the same form: what differs is the word that its block has.
  const std::array<Staged, 2> entries{{timer_set(actor, block), timer_set(actor, next)}};
  commit_now({thread, actor, std::span(entries).first(next == Handle::None ? 1 : 2)});
}

void cancel_timer(Thread& thread, ActorId actor, Handle block) {
  const std::array<Staged, 1> entries{{timer_cancelled(actor, block)}};
  commit_now({thread, actor, entries});
}

void for_each_timer(const Segment& segment, ActorId actor, const VisitTimer& visit) {
  // relaxed: the chain is its host's.
  auto at = static_cast<Handle>(segment.slot(actor.index).timers.load_relaxed());
  // Ends: at the end of the chain, which holds each block once.
  while (is_timed(segment, at, actor.index)) {
    const BlockExtension& extension = extension_of(segment, at);
    // relaxed: as above; read before the visitor may fire it.
    const auto next = static_cast<Handle>(extension.link.load_relaxed());
    visit(at, {extension.id, extension.deadline_ns, extension.correlation});
    at = next;
  }
}

void settle_timer(Thread& thread, JournalEntry& entry) {
  Segment& segment = thread.segment();
  // relaxed: the entry is ours, or a dead thread's.
  const EntryWord what = EntryWord::unpack(entry.what.load_relaxed());
  const OwnerWord from = OwnerWord::unpack(entry.from.load_relaxed());
  const ActorId actor = ActorId::from_word(entry.target.load_relaxed());
  const bool is_cancelled = what.lane == kCancel;
  if (from.state == BlockState::Held && !is_cancelled) return set(thread, entry, what.handle, actor);
  const OwnerWord timed{BlockState::Timed, static_cast<std::uint32_t>(to_bits(actor.index)), from.gen};
  if (peek_own(segment, what.handle) == timed.pack()) {
    unlink(segment, actor.index, what.handle);
    // crash(timer_unlinked): TIMED, in no chain: the journal still names it, and it is fired or freed.
    crash_point("timer_unlinked");
    if (is_cancelled) return (void)drop_exact(thread, what.handle, timed.pack());
    clear_spec(segment, what.handle);
  }
  if (!is_cancelled) (void)publish_again(thread, entry);
}

}  // namespace buskin::shm
