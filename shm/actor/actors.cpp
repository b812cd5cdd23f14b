// actors: taking slots, opening their mailboxes, and the word `life`.
#include "shm/actor/actors.hpp"

#include <algorithm>

#include "shm/actor/slot_order.hpp"
#include "shm/base/crash_point.hpp"
#include "shm/memory/evidence.hpp"
#include "shm/segment/slot_facts.hpp"

namespace buskin::shm {

namespace {

constexpr std::uint32_t kRunSlots = 64;       // Slots of a run: neighbours, taken by one thread.
constexpr std::uint64_t kSearchShare = 8;     // A search over n used runs is made once per n / 8 new ones.
constexpr std::uint64_t kNoSlot = 0;          // Slot 0 is never used.

/// The present word of a backed slot.
LifeWord read_life(const Segment& segment, std::uint64_t slot) {
  // sync(life): acquire. What the writer of this state did to the slot before.
  return LifeWord::unpack(segment.mailbox(static_cast<ActorIndex>(slot)).life.load_acquire());
}

bool is_free(const Segment& segment, std::uint64_t slot) {
  return read_life(segment, slot).state == LifeState::Free;
}

std::uint64_t first_of_run(std::uint64_t run) { return std::max<std::uint64_t>(run * kRunSlots, 1); }

std::uint64_t runs_count(const Segment& segment) {
  return (segment.layout().count_of(Table::Actors) + kRunSlots - 1) / kRunSlots;
}

std::uint64_t end_of_run(const Segment& segment, std::uint64_t run) {
  return std::min<std::uint64_t>((run + 1) * kRunSlots, segment.layout().count_of(Table::Actors));
}

bool is_backed(const Segment& segment, std::uint64_t slot) { return segment.is_backed(Table::Actors, slot); }

/// A used run whose first slot is free again; or runs_count.
std::uint64_t search_used_runs(Thread& thread) {
  const Segment& segment = thread.segment();
  const std::uint64_t count = runs_count(segment);
  std::uint64_t used = 0;
  for (std::uint64_t run = 0; run < count; ++run) {
    const std::uint64_t first = first_of_run(run);
    if (!is_backed(segment, first)) break;  // Runs are taken from the bottom.
    const LifeWord life = read_life(segment, first);
    if (life.state == LifeState::Free && life.gen != 0) return run;
    ++used;
  }
  thread.runs_until_search = static_cast<std::uint32_t>(used / kSearchShare);
  return count;
}

/// From `from` upwards, then from the start: the first run whose first slot is free; or runs_count.
std::uint64_t next_free_run(const Segment& segment, std::uint64_t from) {
  const std::uint64_t count = runs_count(segment);
  for (std::uint64_t i = 0; i < count; ++i) {
    const std::uint64_t run = (from + i) % count;
    const std::uint64_t first = first_of_run(run);
    if (!is_backed(segment, first) || is_free(segment, first)) return run;
  }
  return count;
}

bool has_free_slot(const Segment& segment, std::uint64_t run) {
  for (std::uint64_t slot = first_of_run(run); slot < end_of_run(segment, run); ++slot) {
    if (!is_backed(segment, slot) || is_free(segment, slot)) return true;
  }
  return false;
}

/// Chooses the next run: the same again when something in it is free, so that creating and ending
/// actors in turn stays in the same lines. Otherwise it takes, now and then, a used one, and usually a fresh one;
/// when there is none, any with room. False when every slot is in use.
bool choose_run(Thread& thread) {
  const Segment& segment = thread.segment();
  const std::uint64_t count = runs_count(segment);
  const std::uint64_t present = std::min(to_bits(thread.next_slot_hint) / kRunSlots, count - 1);
  std::uint64_t run = count;
  if (to_bits(thread.next_slot_hint) != kNoSlot && has_free_slot(segment, present)) {
    run = present;
  } else if (thread.runs_until_search == 0) {
    run = search_used_runs(thread);
  } else {
    --thread.runs_until_search;
  }
  if (run == count) run = next_free_run(segment, present);
  for (std::uint64_t i = 0; run == count && i < count; ++i) {
    if (has_free_slot(segment, i)) run = i;
  }
  if (run == count) return false;
  thread.next_slot_hint = static_cast<ActorIndex>(first_of_run(run));
  thread.slots_left_in_run = static_cast<std::uint32_t>(end_of_run(segment, run) - first_of_run(run));
  return true;
}

/// FREE(g) -> RESERVED(p, g+1). The only place where gen changes.
bool claim_slot(Thread& thread, std::uint64_t slot, ActorId& id) {
  Atomic<std::uint64_t>& word = thread.segment().mailbox(static_cast<ActorIndex>(slot)).life;
  const LifeWord free = read_life(thread.segment(), slot);
  if (free.state != LifeState::Free) return false;
  const LifeWord reserved{free.gen + 1, LifeState::Reserved, thread.process()};
  // sync(life): acq_rel. After all that the former owner did; before the mailbox opens.
  if (!word.cas_acq_rel(free.pack(), reserved.pack())) return false;
  id = {static_cast<ActorIndex>(slot), reserved.gen};
  return true;
}

/// Any free slot whose pages are there, when there are none for the next run.
Result<ActorId, MemoryError> take_backed_slot(Thread& thread, MemoryError why) {
  const std::uint64_t count = thread.segment().layout().count_of(Table::Actors);
  ActorId id;
  for (std::uint64_t slot = kNoSlot + 1; slot < count && is_backed(thread.segment(), slot); ++slot) {
    if (claim_slot(thread, slot, id)) return id;
  }
  return Failure{why};
}

/// Takes the next free slot of the thread's run, or of the runs after it.
Result<ActorId, MemoryError> take_slot(Thread& thread) {
  Segment& segment = thread.segment();
  // Ends: each run is walked once; after one round over the table others were faster everywhere.
  for (std::uint64_t runs_left = runs_count(segment) + 1; runs_left > 0;) {
    if (thread.slots_left_in_run == 0) {
      --runs_left;
      if (!choose_run(thread)) return Failure{MemoryError::TableFull};
    }
    const std::uint64_t slot = to_bits(thread.next_slot_hint);
    if (const auto backed = segment.back(Table::Actors, slot); !backed.ok()) {
      return take_backed_slot(thread, backed.error());
    }
    ActorId id;
    const bool is_ours = claim_slot(thread, slot, id);
    // The hint stays in its run, at the last slot too.
    if (--thread.slots_left_in_run != 0) thread.next_slot_hint = static_cast<ActorIndex>(slot + 1);
    if (is_ours) return id;
  }
  return Failure{MemoryError::TableFull};
}

/// The slot names the notice before its owner word says NOTICE: a death between leaves it to the sweep.
void reserve_notice(Thread& thread, ActorId id, NoticeRef& ref, Handle handle) {
  BlockHeader& block = thread.segment().block(handle);
  // relaxed: ours since the allocation.
  const OwnerWord held = OwnerWord::unpack(block.own.load_relaxed());
  // relaxed: read by a repairer, in program order.
  ref.handle.store_relaxed(to_bits(handle));
  ref.gen.store_relaxed(held.gen);
  crash_order();
  // crash(notice_named): the block is HELD by a dead thread and is swept.
  crash_point("notice_named");
  // relaxed: as above.
  block.own.store_relaxed(
      OwnerWord{BlockState::Notice, static_cast<std::uint32_t>(to_bits(id.index)), held.gen}.pack());
  crash_order();
}

template <class T>
void clear(Atomic<T>& word) {
  word.store_relaxed(0);  // relaxed: a word of a slot that is ours; its readers get the address from us.
}

void fill_slot(ActorSlot& slot, const SlotSpec& spec) {
  slot.type.write(spec.type);
  slot.key.write(spec.key);
  slot.ordinal.write(0);
  // relaxed: the slot is ours; its readers have the address from us, or look for display only.
  slot.flags.store_relaxed(spec.flags);
  slot.parent.store_relaxed(spec.parent.word());
  clear(slot.name);
  clear(slot.crash_notice.handle);
  clear(slot.crash_notice.gen);
  clear(slot.saved);
  clear(slot.timers);
  clear(slot.fault);
  clear(slot.incarnation);
  clear(slot.spec);
  clear(slot.restart_due_ns);
  clear(slot.restarts);
  clear(slot.restarts_total);
  clear(slot.window_since_ns);
  clear(slot.children_asked);
}

void note_child(ActorSlot& parent, ActorSlot& child) {
  // relaxed: only the parent writes its flags once it lives; a process that looks for children comes after it.
  const std::uint32_t seen = parent.flags.load_relaxed();
  if ((seen & SlotFlag::kParent) == 0) parent.flags.store_relaxed(seen | SlotFlag::kParent);
  const std::uint32_t children_asked = parent.children_asked.load_relaxed() + 1;
  parent.children_asked.store_relaxed(children_asked);  // relaxed: as above.
  child.ordinal.write(children_asked);
}

void fill_mailbox(Mailbox& mailbox, const MailboxOptions& options) {
  // relaxed: published by the opening of the lanes.
  mailbox.wake.store_relaxed(0);
  mailbox.sched.store_relaxed(static_cast<std::uint32_t>(Sched::Idle));
  clear(mailbox.running_since_ns);
  clear(mailbox.end);
  clear(mailbox.waits_for);
  mailbox.capacity.write(std::clamp<std::uint32_t>(options.capacity, 1, kLaneMax));
  mailbox.delivery.write(options.delivery);
  mailbox.when_full.write(options.when_full);
  mailbox.wait_ns.write(options.wait_ns);
  mailbox.share_percent.write(options.share_percent);
  mailbox.bytes_max.write(std::min(options.bytes_max, kByteLimitMax));
}

/// Opens one lane at the position after its last: no CAS of a former life's sender fits any more.
void open_lane(Mailbox& mailbox, std::size_t lane) {
  LaneRecord& record = mailbox.lanes[lane];
  // relaxed: drained and ours; the words below are read by a repairer in program order.
  const HeadWord last = HeadWord::unpack(mailbox.in[lane].load_relaxed());
  const std::uint64_t done = record.done.load_relaxed();
  const std::uint32_t seq = (last.seq + 1) & kSeqMask;
  const std::int32_t step = seq_distance(seq, done);
  BUSKIN_CHECK(step == 0 || step == 1);  // 0 after a death between the two stores below.
  if (lane == static_cast<std::size_t>(Lane::Messages)) open_byte_quota(mailbox, seq);
  // relaxed: no message is in hand; nobody has looked for evidence in a lane of this life.
  record.hand_meta.store_relaxed(0);
  crash_order();
  // sync(done): release. Before `in`, so that nothing is ever pending that was not pushed.
  record.done.store_release(done + static_cast<std::uint64_t>(step));
  crash_order();
  // crash(lane_opening): done is one ahead of a closed lane. The repairer sets in = {seq+1, closed}
  //   and goes on with CLOSING.
  crash_point("lane_opening");
  // sync(push): release. Opens the lane, with capacity and modes, to the senders' acquire.
  mailbox.in[lane].store_release(HeadWord{seq, false, Handle::None}.pack());
  crash_order();
}

}  // namespace

Result<ActorId, MemoryError> reserve_actor(Thread& thread, const SlotSpec& spec) {
  // The notice first: no memory is then no slot, and nothing to undo.
  const auto notice = thread.heap().allocate(kHeaderBytes + kExitNoticeMax);
  if (!notice.ok()) return Failure{notice.error()};
  const auto id = take_slot(thread);
  if (!id.ok()) {
    thread.heap().free(notice.value());
    return id;
  }
  // crash(slot_reserved): RESERVED(dead), its lanes closed as they were: -> CLOSING, -> FREE.
  crash_point("slot_reserved");
  ActorRecord& actor = thread.segment().actor(id.value().index);
  fill_slot(actor.slot, spec);
  if (is_open(thread.segment(), spec.parent)) note_child(thread.segment().slot(spec.parent.index), actor.slot);
  // relaxed: ours. What a former life of the block left there must not be taken for an envelope.
  thread.segment().block(notice.value()).what.store_relaxed(WhatWord{}.pack());
  reserve_notice(thread, id.value(), actor.slot.exit_notice, notice.value());
  fill_mailbox(actor.mailbox, spec.mailbox);
  open_orders(actor.mailbox, id.value());
  for (std::size_t lane = 0; lane < kLaneCount; ++lane) open_lane(actor.mailbox, lane);
  thread.count(Counter::Created);
  return id;
}

Result<Done, MemoryError> reserve_crash_notice(Thread& thread, ActorId id, TypeIndex type,
                                               std::span<const std::byte> payload) {
  BUSKIN_CHECK(payload.size() <= kCrashNoticeMax);
  Segment& segment = thread.segment();
  NoticeRef& ref = segment.slot(id.index).crash_notice;
  // relaxed: only the actor's host writes it.
  const OwnerWord named{BlockState::Notice, static_cast<std::uint32_t>(to_bits(id.index)), ref.gen.load_relaxed()};
  // relaxed: as above.
  if (peek_own(segment, static_cast<Handle>(ref.handle.load_relaxed())) == named.pack()) return Done{};
  const auto made = thread.heap().allocate(kHeaderBytes + kCrashNoticeMax);
  if (!made.ok()) return Failure{made.error()};
  BlockHeader& block = segment.block(made.value());
  const std::uint8_t flags = BlockFlag::kExempt;
  // relaxed: ours until it is pushed, which publishes it.
  block.what.store_relaxed(WhatWord{static_cast<std::uint32_t>(payload.size()), type, flags}.pack());
  block.sender.store_relaxed(id.word());
  std::copy(payload.begin(), payload.end(), reinterpret_cast<std::byte*>(&block + 1));
  reserve_notice(thread, id, ref, made.value());
  return Done{};
}

LifeWord life_of(const Segment& segment, ActorId id) {
  const std::uint64_t slot = to_bits(id.index);
  if (slot == kNoSlot || slot >= segment.layout().count_of(Table::Actors) || !is_backed(segment, slot)) return {};
  const LifeWord life = read_life(segment, slot);
  return life.gen == id.gen ? life : LifeWord{};
}

bool change_life(Segment& segment, ActorId id, LifeState from, LifeState to, ProcessIndex host) {
  const LifeWord seen = life_of(segment, id);
  if (seen.state != from || from == LifeState::Free) return false;
  // sync(life): acq_rel. What we did to the slot before; what its last writer did.
  return segment.mailbox(id.index).life.cas_acq_rel(seen.pack(), LifeWord{id.gen, to, host}.pack());
}

bool take_restart(Segment& segment, ActorId id, LifeWord seen, ProcessIndex mine) {
  if (seen.state != LifeState::Notified || seen.gen != id.gen) return false;
  // sync(life): acq_rel. What a former holder counted. Should we die, our repairer gives it back.
  return segment.mailbox(id.index).life.cas_acq_rel(seen.pack(), LifeWord{id.gen, LifeState::Notified, mine}.pack());
}

void set_actor_spec(Segment& segment, ActorId id, Handle block) {
  // sync(spec): release. The bytes stand before the word that leads a reader to them.
  segment.slot(id.index).spec.store_release(to_bits(block));
  Atomic<std::uint64_t>& own = segment.block(block).own;
  // relaxed: the block is ours; from here on it belongs to the actor.
  const OwnerWord held = OwnerWord::unpack(own.load_relaxed());
  // relaxed: as above.
  own.store_relaxed(OwnerWord{BlockState::Saved, static_cast<std::uint32_t>(to_bits(id.index)), held.gen}.pack());
}

std::uint32_t count_incarnation(Segment& segment, ActorId id) {
  Atomic<std::uint32_t>& incarnation = segment.slot(id.index).incarnation;
  // relaxed: written by the process that has the actor, which is this one.
  const std::uint32_t former = incarnation.load_relaxed();
  // relaxed: as above.
  incarnation.store_relaxed(former + 1);
  return former;
}

void count_ordered_restart(Segment& segment, ActorId id) {
  Atomic<std::uint32_t>& total = segment.slot(id.index).restarts_total;
  // relaxed: written by the process that has the actor, which is this one.
  total.store_relaxed(total.load_relaxed() + 1);
}

void set_wake(Segment& segment, ActorIndex index, WakeWord wake) {
  Mailbox& mailbox = segment.mailbox(index);
  // sync(park): seq_cst. A former host may have died polling; nobody may rely on that.
  mailbox.sched.store_seq_cst(static_cast<std::uint32_t>(Sched::Idle));
  // sync(wake_target): seq_cst. Before the host reads `in`; kick() reads it after the push.
  mailbox.wake.store_seq_cst(wake.pack());
}

std::vector<ActorId> children_of(const Segment& segment, ActorId parent) {
  std::vector<ActorId> children;
  if (!has_flag(segment, parent, SlotFlag::kParent)) return children;
  for_each_actor(segment, [&](ActorId id, LifeWord life) {
    if (parent_of(segment, id) == parent && accepts(life.state)) children.push_back(id);
  });
  return children;
}

std::size_t count_user_actors(const Segment& segment) {
  std::size_t count = 0;
  for_each_actor(segment, [&](ActorId id, LifeWord life) {
    if (is_user_actor(segment, id) && life.state != LifeState::Drained) ++count;
  });
  return count;
}

}  // namespace buskin::shm
