// restart_counts: how often an actor was restarted, and what its message in hand has cost, for the decision
// about its next restart.
//
// The process that has the actor writes the counts: its host, or the process that has its restart. So there is
// one writer at a time, and the word that hands the actor over orders what was written.
#pragma once

#include <cstdint>

#include "shm/segment/segment.hpp"

namespace buskin::shm {

struct RestartLimit {
  std::uint32_t restarts = 0;   ///< At most so many in one window.
  std::uint64_t within_ns = 0;  ///< The length of the window, which begins with its first restart.
};

/// Does `limit` allow one more restart at `now_ns`?
inline bool may_restart(const Segment& segment, ActorId id, const RestartLimit& limit, std::uint64_t now_ns) {
  const ActorSlot& slot = segment.slot(id.index);
  // relaxed: one writer at a time; see above.
  const std::uint64_t since = slot.window_since_ns.load_relaxed();
  const bool is_new_window = since == 0 || now_ns - since > limit.within_ns;
  return (is_new_window ? 0 : slot.restarts.load_relaxed()) < limit.restarts;  // relaxed: as above.
}

/// Counts a restart at `now_ns`. False: `limit` allows no more, and nothing is counted.
inline bool count_restart(Segment& segment, ActorId id, const RestartLimit& limit, std::uint64_t now_ns) {
  ActorSlot& slot = segment.slot(id.index);
  // relaxed: one writer at a time; see above. That holds for all words here.
  const std::uint64_t since = slot.window_since_ns.load_relaxed();
  std::uint32_t restarts = slot.restarts.load_relaxed();
  if (since == 0 || now_ns - since > limit.within_ns) {
    slot.window_since_ns.store_relaxed(now_ns);  // relaxed: one writer at a time.
    restarts = 0;
  }
  if (restarts >= limit.restarts) return false;
  // relaxed: one writer at a time.
  slot.restarts.store_relaxed(restarts + 1);
  slot.restarts_total.store_relaxed(slot.restarts_total.load_relaxed() + 1);
  return true;
}

/// Restarts in the present window.
inline std::uint32_t restarts_in_window_of(const Segment& segment, ActorId id) {
  // relaxed: the caller has the actor, and so wrote it last or got it with the actor.
  return segment.slot(id.index).restarts.load_relaxed();
}

/// How many failures the message in hand has cost when a repairer has charged it for a death; otherwise 0.
inline std::uint32_t charged_failures_of(const Segment& segment, ActorId id) {
  const LaneRecord& lane = segment.mailbox(id.index).lanes[static_cast<std::size_t>(Lane::Messages)];
  // sync(hand): acquire. What the repairer charged.
  const HandWord hand = HandWord::unpack(lane.hand_meta.load_acquire());
  // sync(done): acquire. The dead host's.
  const bool is_in_hand = hand.seq == ((lane.done.load_acquire() + 1) & HandWord::kSeqMask48);
  return is_in_hand && hand.phase == Phase::Charged ? std::uint32_t{hand.attempts} + hand.kills : 0;
}

}  // namespace buskin::shm
