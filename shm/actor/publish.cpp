// publish: every store is in program order, because a repairer reads them so.
#include "shm/actor/publish.hpp"

#include "shm/memory/evidence.hpp"
#include "shm/memory/multicast.hpp"
#include "shm/memory/payload.hpp"

namespace buskin::shm {

namespace {

/// Pushes a block that has the entry's word already.
bool push_named(Thread& thread, const Destination& to, Handle handle) {
  if (detail::append(thread, to, handle) != SendStatus::Accepted) return false;
  // crash(turn_entry_pushed): found in the chain, or gone on; the repairer kicks and goes on.
  crash_point("turn_entry_pushed");
  kick(thread, to.id.index);
  thread.count(Counter::Sent);
  return true;
}

}  // namespace

bool publish_entry(Thread& thread, JournalEntry& entry, const Destination& to) {
  // relaxed: written by this thread, or by the dead one that it answers for.
  const Handle handle = EntryWord::unpack(entry.what.load_relaxed()).handle;
  if (!is_open(thread.segment(), to.id)) return false;
  BlockHeader& block = thread.segment().block(handle);
  // relaxed: ours, or in our hand.
  const OwnerWord from = OwnerWord::unpack(block.own.load_relaxed());
  // A forwarded block keeps its link until its owner word has changed: until then the link answers
  // for its first sender's stale op record, and NIL would read as "never published".
  // relaxed: read by a repairer, in program order, as the stores below.
  if (!from.is_queued()) block.next.store_relaxed(kNil);
  crash_order();
  const std::uint64_t gen = from.is_queued() ? from.gen + 1 : from.gen;
  const std::uint64_t own = OwnerWord::queued(to.id.index, to.lane, gen).pack();
  // relaxed: as above.
  entry.own.store_relaxed(own);
  crash_order();
  // crash(turn_entry_named): the block still has the word of `from`: published again from the start.
  crash_point("turn_entry_named");
  // relaxed: as above.
  block.own.store_relaxed(own);
  crash_order();
  // crash(turn_entry_owned): the block has the entry's word: the chain tells whether it was pushed.
  crash_point("turn_entry_owned");
  return push_named(thread, to, handle);
}

void note_undelivered(Thread& thread, const JournalEntry& entry) {
  thread.count(Counter::DeadGone);
  // relaxed: as in publish_entry(). The block is still ours.
  const EntryWord what = EntryWord::unpack(entry.what.load_relaxed());
  const std::uint64_t own = peek_own(thread.segment(), what.handle);
  // From here on it is neither the entry's block nor the message in hand.
  if (!hold_exact(thread, what.handle, own)) return;
  // crash(undelivered_held): HELD(dead): swept, and the entry is done.
  crash_point("undelivered_held");
  if (what.lane != Lane::Messages) return drop(thread, what.handle);
  // relaxed: as above.
  const ActorId target = ActorId::from_word(entry.target.load_relaxed());
  Undelivered lost = undelivered_of(target, view_payload(thread.segment(), what.handle));
  lost.block = what.handle;
  thread.undelivered.push_back(lost);
}

Publication publish_unfinished(Thread& thread, JournalEntry& entry) {
  const Segment& segment = thread.segment();
  // relaxed: the dead publisher's entry, and now ours alone.
  const EntryWord what = EntryWord::unpack(entry.what.load_relaxed());
  const Destination to{ActorId::from_word(entry.target.load_relaxed()), what.lane, Admission::Exempt};
  const std::uint64_t named = entry.own.load_relaxed();
  const std::uint64_t from = entry.from.load_relaxed();  // relaxed: as above.
  const std::uint64_t own = peek_own(segment, what.handle);
  if (own == 0) return Publication::Before;
  if (own == named) {
    if (evidence(segment, what.handle, own) == Verdict::Published) return Publication::Before;
    if (push_named(thread, to, what.handle)) return Publication::Now;
  } else if (own == from) {
    if (publish_entry(thread, entry, to)) return Publication::Now;
  } else {
    return Publication::Before;
  }
  return Publication::Gone;
}

bool publish_again(Thread& thread, JournalEntry& entry) {
  const Publication out = publish_unfinished(thread, entry);
  if (out == Publication::Gone) note_undelivered(thread, entry);
  return out != Publication::Before;
}

}  // namespace buskin::shm
