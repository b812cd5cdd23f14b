// repair_actor: steps 3 and 4 of a repair. What the message in hand cost, and what becomes of the actor.
#include "shm/recovery/repair_actor.hpp"

#include <utility>
#include <vector>

#include "shm/actor/actor_close.hpp"
#include "shm/actor/actor_end.hpp"
#include "shm/mailbox/byte_quota.hpp"
#include "shm/mailbox/room_waiter.hpp"
#include "shm/memory/evidence.hpp"
#include "shm/memory/multicast.hpp"
#include "shm/recovery/finish_close.hpp"
#include "shm/recovery/repair_faults.hpp"
#include "shm/recovery/repair_replies.hpp"
#include "shm/recovery/repair_turn.hpp"
#include "shm/segment/slot_facts.hpp"

namespace buskin::shm {

namespace {

constexpr std::uint8_t kKillsCountedMax = 255;

/// A delivery that a death ended is counted once: only RUNNING is charged, and becomes CHARGED.
void charge(Repair& repair, ActorId id, Lane lane, LaneRecord& record, std::uint64_t seen) {
  HandWord hand = HandWord::unpack(seen);
  if (is_to_blame(repair, id, lane, hand.seq)) {
    if (hand.attempts < kAttemptsMax) ++hand.attempts;
  } else if (hand.kills < kKillsCountedMax) {
    ++hand.kills;
  }
  hand.phase = Phase::Charged;
  // sync(hand): release. One CAS, so that a delivery is charged once.
  if (record.hand_meta.cas_release(seen, hand.pack())) ++repair.out.counts.charged;
}

/// Frees the block of a completed message, which is perhaps still there.
void retire(Repair& repair, ActorId id, Lane lane, LaneRecord& record, HandWord hand) {
  const Mailbox& mailbox = repair.segment().mailbox(id.index);
  const bool is_lossy = mailbox.delivery.read() == Delivery::AtMostOnce && lane == Lane::Messages;
  if (is_lossy && hand.phase == Phase::Running) lose_in_hand(repair, id, lane);
  // relaxed: whole, because `done` has reached it.
  const auto handle = static_cast<Handle>(record.hand_handle.load_relaxed());
  if (drop_exact(repair.own, handle, record.hand_own.load_relaxed())) ++repair.out.counts.retired;
}

/// Step 3, for one actor.
void settle_hands(Repair& repair, ActorId id) {
  end_wait(repair.segment(), id);
  for (const Lane lane : {Lane::Control, Lane::Replies, Lane::Messages}) {
    LaneRecord& record = repair.segment().mailbox(id.index).lanes[static_cast<std::size_t>(lane)];
    // sync(hand): acquire. The dead host's.
    const std::uint64_t seen = record.hand_meta.load_acquire();
    const HandWord hand = HandWord::unpack(seen);
    // relaxed: as above.
    const std::uint64_t done = record.done.load_relaxed();
    if (hand.seq == 0) continue;
    if (hand.seq == (done & HandWord::kSeqMask48)) retire(repair, id, lane, record, hand);
    // In a group the position in hand is further on; the successor keeps its counts until it gets there.
    if (hand.phase == Phase::Running && is_ahead(hand, done)) charge(repair, id, lane, record, seen);
  }
}

/// Step 4: the crash notice is out exactly once when the actor is NOTIFIED.
void notify(Repair& repair, ActorId id, LifeState from) {
  Segment& segment = repair.segment();
  if (from == LifeState::Active || from == LifeState::Suspended) {
    if (!change_life(segment, id, from, LifeState::Crashed, repair.dead.index)) return;
    // crash(actor_crashed): CRASHED still names the dead host: the notice's own word and the chain say
    //   whether it is out.
    crash_point("actor_crashed");
  }
  if (from != LifeState::Adopting) {
    ActorSlot& slot = segment.slot(id.index);
    push_notice(repair.own, id, slot.crash_notice, parent_of(segment, id));
    // crash(crash_notice_out): pushed; the successor finds it so and goes on.
    crash_point("crash_notice_out");
    from = LifeState::Crashed;
  }
  // sync(wake_target): seq_cst. No thread is to be woken until an adopter names one: the dead host's words may
  //   soon belong to another process.
  segment.mailbox(id.index).wake.store_seq_cst(0);
  write_restart_due(segment, id, 0);  // What was decided about an earlier death does not hold for this one.
  crash_order();
  if (!change_life(segment, id, from, LifeState::Notified, ProcessIndex::None)) return;
  repair.out.adoptable.push_back(id);
  if (repair.options.adoptable) repair.options.adoptable(id);
}

/// Closes the actor in our name; the caller decides which process goes on with it.
void take_close(Repair& repair, ActorId id, LifeState from) {
  Segment& segment = repair.segment();
  if (from == LifeState::Drained) {
    if (!change_life(segment, id, from, from, repair.own.process())) return;
  } else if (from == LifeState::Closing) {
    if (!change_life(segment, id, from, from, repair.own.process())) return;
    close_lanes(segment, id.index);
  } else {
    // Only a turn that was rolled back, or a call that never returned, knew of it: its end is not reported.
    if (from == LifeState::Reserved) take_parent_away(segment, id);
    crash_order();
    if (!begin_close(repair.own, id)) return;
  }
  // A slot that was only just reserved may have the flags of its former actor.
  if (is_client(segment, id) && from != LifeState::Reserved) return finish_close(repair.own, id, repair.options.mail);
  repair.out.closing.push_back({id, from == LifeState::Init});
}

void repair_actor(Repair& repair, ActorId id, LifeWord life) {
  Segment& segment = repair.segment();
  if (life.state == LifeState::Requested) return repair.out.requested.push_back(id);
  if (life.state == LifeState::Notified) {
    if (take_restart(segment, id, life, ProcessIndex::None)) repair.out.requested.push_back(id);
    return;
  }
  if (life.state > LifeState::Init) settle_hands(repair, id);
  // crash(hands_settled): the actor still names the dead host: settled again, by CAS from exact words.
  crash_point("hands_settled");
  switch (life.state) {
    case LifeState::Active:
    case LifeState::Suspended:
    case LifeState::Adopting:
    case LifeState::Crashed:
      if (is_client(segment, id) || taken_end(segment, id).has_value()) return take_close(repair, id, life.state);
      return notify(repair, id, life.state);
    default: return take_close(repair, id, life.state);
  }
}

/// The dead may have taken bytes for messages that never leave; no word says how many. After step 2, because its
/// pushes need the bytes that they have taken.
void forget_taken_bytes(Segment& segment, ActorId id) {
  ByteQuota(segment, id).forget_taken();
}

}  // namespace

void repair_actors(Repair& repair) {
  Segment& segment = repair.segment();
  keep_faults(repair);
  repair_replies(repair);
  if (repair.actor != ActorId{}) {
    for_each_actor(segment, [&](ActorId id, LifeWord) { forget_taken_bytes(segment, id); });
    return repair_actor(repair, repair.actor, life_of(segment, repair.actor));
  }
  std::vector<std::pair<ActorId, LifeWord>> running;
  for_each_actor(segment, [&](ActorId id, LifeWord life) {
    forget_taken_bytes(segment, id);
    if (life.host != repair.dead.index) return;
    const bool is_running = life.state >= LifeState::Active && life.state <= LifeState::Adopting;
    if (is_running) {
      running.emplace_back(id, life);
    } else {
      repair_actor(repair, id, life);
    }
  });
  // Last: the process that adopts one of these must not find children that were never asked for.
  for (const auto& [id, life] : running) repair_actor(repair, id, life);
}

}  // namespace buskin::shm
