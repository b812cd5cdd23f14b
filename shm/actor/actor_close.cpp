// actor_close: closing, draining and releasing, and the notices that an actor's end pushes.
#include "shm/actor/actor_close.hpp"

#include <limits>
#include <vector>

#include "shm/base/crash_point.hpp"
#include "shm/os/futex.hpp"
#include "shm/memory/evidence.hpp"
#include "shm/actor/actor_end.hpp"
#include "shm/actor/actors.hpp"
#include "shm/segment/system_words.hpp"

namespace buskin::shm {

namespace {

/// True while `handle` is a block that actor `id` owns in this state, not one of a later life. It may have
/// left long ago, and its memory with it: so it is read beside the mapping.
bool is_owned(const Segment& segment, Handle handle, BlockState state, ActorId id) {
  const OwnerWord own = OwnerWord::unpack(peek_own(segment, handle));
  return own.state == state && own.id == static_cast<std::uint32_t>(to_bits(id.index));
}

/// Drops the block that `word` names and then clears the word. A death between finds the block
/// another's, or nobody's, and only clears.
void release_block(Thread& thread, ActorId id, Atomic<std::uint64_t>& word, BlockState state) {
  // sync(saved): acquire. The committed state word, with the block it names.
  const auto handle = static_cast<Handle>(word.load_acquire() & kHandleMask);
  if (is_owned(thread.segment(), handle, state, id)) drop(thread, handle);
  crash_order();
  // crash(closing_released): the block is free, the word still names it; its owner word does not match.
  crash_point("closing_released");
  // relaxed: nobody looks at the slot of a closing actor but its closer.
  word.store_relaxed(0);
}

/// Frees the chain of TIMED blocks from its end: a death leaves a shorter chain, never a lost rest.
void release_timers(Thread& thread, ActorId id) {
  Segment& segment = thread.segment();
  Atomic<std::uint64_t>& head = segment.slot(id.index).timers;
  std::vector<Handle> chain;
  // relaxed: only the closer looks at it now.
  auto handle = static_cast<Handle>(head.load_relaxed());
  while (is_owned(segment, handle, BlockState::Timed, id)) {
    chain.push_back(handle);
    const auto* const extension = reinterpret_cast<const BlockExtension*>(&segment.block(handle) + 1);
    // relaxed: as above.
    handle = static_cast<Handle>(extension->link.load_relaxed());
  }
  for (; !chain.empty(); chain.pop_back()) drop(thread, chain.back());
  // relaxed: as above.
  head.store_relaxed(0);
}

void release_notice(Thread& thread, ActorId id, NoticeRef& ref) {
  // relaxed: only the closer looks at it now.
  const auto handle = static_cast<Handle>(ref.handle.load_relaxed());
  if (is_owned(thread.segment(), handle, BlockState::Notice, id)) drop(thread, handle);
}

void close_lane(Mailbox& mailbox, std::size_t lane) {
  Atomic<std::uint64_t>& in = mailbox.in[lane];
  // sync(push): acquire. The last head; from the CAS on it is the last for ever.
  std::uint64_t seen = in.load_acquire();
  // Ends: a failed CAS is a sender that saw the mailbox open; no new one does.
  while (!HeadWord::unpack(seen).closed) {
    // sync(push): seq_cst. Every later push fails, also one that has looked at `life` before.
    if (in.cas_seq_cst(seen, seen | kNil)) break;
  }
  const HeadWord last = HeadWord::unpack(seen);
  // sync(done): acquire. One ahead of a closed lane only when its opener died at crash(lane_opening).
  const std::uint64_t done = mailbox.lanes[lane].done.load_acquire();
  if (seq_distance(last.seq, done) != -1) return;
  // sync(push): release. Finishes that step, still closed.
  in.store_release(HeadWord{last.seq + 1, true, Handle::None}.pack());
}

Staged to_dead_letters(const Segment& segment, Handle message) {
  return {EntryKind::Send, Lane::Messages, message, dead_letter_actor_of(segment)};
}

void drain_lane(Thread& thread, ActorId id, Lane lane, const VisitMail& visit) {
  LaneReader reader(thread.segment(), id.index, lane);
  // Ends: the lane is closed, so it only gets shorter.
  while (reader.poll()) {
    const Hand hand = reader.begin(Phase::Skip);
    // crash(draining): in hand, Skip: begun again by the process that goes on.
    crash_point("draining");
    MailFate fate = visit(thread, lane, hand.handle);
    const Segment& segment = thread.segment();
    if (fate.left == LeftMail::ToSender) fate.notices.push_back(to_sender(segment, hand.handle));
    if (fate.left == LeftMail::ToDeadLetters) fate.notices.push_back(to_dead_letters(segment, hand.handle));
    if (fate.notices.empty()) {
      reader.complete(thread, hand);
    } else {
      commit_turn(thread, reader, hand, fate.notices);
    }
    thread.count(Counter::Buried);
  }
}

}  // namespace

bool begin_close(Thread& thread, ActorId id) {
  Segment& segment = thread.segment();
  // Ends: a failed CAS means that the state moved on; the states before CLOSING are finitely many and
  // another closer ends it.
  for (;;) {
    const LifeWord life = life_of(segment, id);
    if (!accepts(life.state)) return false;
    if (change_life(segment, id, life.state, LifeState::Closing, thread.process())) break;
  }
  // crash(closing_begun): CLOSING(dead), lanes perhaps open; a push is refused by the state already.
  crash_point("closing_begun");
  close_lanes(segment, id.index);
  return true;
}

void close_lanes(Segment& segment, ActorIndex index) {
  Mailbox& mailbox = segment.mailbox(index);
  for (std::size_t lane = 0; lane < kLaneCount; ++lane) {
    close_lane(mailbox, lane);
    // crash(lane_closed): some lanes closed, some not: the successor closes the rest.
    crash_point("lane_closed");
  }
  // sync(room): seq_cst. Nobody makes room here any more: all that wait look again and find it gone.
  mailbox.space.add_seq_cst(2);
  futex_wake(mailbox.space, std::numeric_limits<int>::max());
}

void drain(Thread& thread, ActorId id, const VisitMail& visit) {
  BUSKIN_CHECK(life_of(thread.segment(), id).state == LifeState::Closing);
  for (const Lane lane : {Lane::Control, Lane::Replies, Lane::Messages}) drain_lane(thread, id, lane, visit);
  ActorSlot& slot = thread.segment().slot(id.index);
  release_block(thread, id, slot.saved, BlockState::Saved);
  release_block(thread, id, slot.spec, BlockState::Saved);
  release_block(thread, id, slot.name, BlockState::Saved);
  release_timers(thread, id);
  release_notice(thread, id, slot.crash_notice);
  // crash(drained): CLOSING(dead), empty: drained again, which finds nothing.
  crash_point("drained");
  const bool is_drained =
      change_life(thread.segment(), id, LifeState::Closing, LifeState::Drained, thread.process());
  BUSKIN_CHECK(is_drained);
}

void push_notice(Thread& thread, ActorId id, NoticeRef& ref, ActorId to) {
  Segment& segment = thread.segment();
  // relaxed: written when the notice was reserved.
  const auto handle = static_cast<Handle>(ref.handle.load_relaxed());
  const std::uint64_t gen = ref.gen.load_relaxed();
  const OwnerWord reserved{BlockState::Notice, static_cast<std::uint32_t>(to_bits(id.index)), gen};
  // Read beside the mapping: it may have left long ago, and its memory with it.
  const std::uint64_t seen = peek_own(segment, handle);
  const OwnerWord own = OwnerWord::unpack(seen);
  if (own.is_queued() && own.gen == gen) {
    if (evidence(segment, handle, seen) == Verdict::Published) return kick(thread, static_cast<ActorIndex>(own.id));
    if (own.id != to_bits(to.index)) return drop(thread, handle);
  } else if (seen == reserved.pack()) {
    if (!is_open(segment, to)) return drop(thread, handle);
    BlockHeader& block = segment.block(handle);
    // relaxed: read by a repairer, in program order.
    block.next.store_relaxed(kNil);
    crash_order();
    block.own.store_relaxed(OwnerWord::queued(to.index, Lane::Messages, gen).pack());
    crash_order();
  } else {
    return;  // It has left.
  }
  // crash(notice_queued): the slot names the block and its life; the chain tells whether it was pushed.
  crash_point("notice_queued");
  const Destination target{to, Lane::Messages, Admission::Exempt};
  if (detail::append(thread, target, handle) != SendStatus::Accepted) return drop(thread, handle);
  // crash(notice_pushed): PUBLISHED, or consumed already; the successor kicks and goes on.
  crash_point("notice_pushed");
  kick(thread, to.index);
}

void push_exit_notice(Thread& thread, ActorId id, ActorId to, TypeIndex type, std::span<const std::byte> payload) {
  if (!taken_end(thread.segment(), id).has_value()) fill_exit_notice(thread, id, type, payload);
  push_notice(thread, id, thread.segment().slot(id.index).exit_notice, to);
}

void release_slot(Thread& thread, ActorId id) {
  Segment& segment = thread.segment();
  BUSKIN_CHECK(life_of(segment, id).state == LifeState::Drained);
  release_notice(thread, id, segment.slot(id.index).exit_notice);
  // sync(wake_target): seq_cst. A late kick of this slot wakes nobody.
  segment.mailbox(id.index).wake.store_seq_cst(0);
  // crash(slot_drained): DRAINED(dead): the successor frees the slot.
  crash_point("slot_drained");
  const bool is_free = change_life(segment, id, LifeState::Drained, LifeState::Free, ProcessIndex::None);
  BUSKIN_CHECK(is_free);
  thread.count(Counter::Exited);
}

}  // namespace buskin::shm
