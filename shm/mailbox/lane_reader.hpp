// LaneReader: the consumer's side of one lane. It is a private cursor over a shared chain.
//
//   ...--[done]--[done+1 = in hand]--[fetched]--...--[fetched]--[not yet seen]--[in]
//
// A message stays in the chain while it is handled: `hand` is written before,
// `done` after. Nothing is ever detached, so a successor finds everything.
// poll() never writes to the chain.
//
// Invariants
//   I1  done_ is the shared `done`, which only this reader writes.
//   I2  Positions done_ + 1 ... taken_ are in hand; usually it is one or none.
#pragma once

#include <cstdint>
#include <vector>

#include "shm/base/crash_point.hpp"
#include "shm/memory/multicast.hpp"
#include "shm/mailbox/send.hpp"
#include "shm/memory/thread.hpp"

namespace buskin::shm {

/// Handles kept per fetch; a longer backlog is walked again per stretch.
inline constexpr std::uint32_t kFetchMax = 65'536;
/// `attempts` and `kills` stop counting here.
inline constexpr std::uint8_t kAttemptsMax = 15;

/// The message in hand.
struct Hand {
  Handle handle{};
  std::uint64_t seq = 0;   ///< 64-bit position in this lane.
  std::uint64_t own = 0;   ///< Its exact owner word.
  std::uint8_t attempts = 0;  ///< Failed deliveries before this one.
  std::uint8_t kills = 0;
  bool redelivered = false;
};

class LaneReader {
 public:
  LaneReader(Segment& segment, ActorIndex index, Lane lane);

  /// Is there a message? Looks at `in` only when the last batch is used up.
  bool poll();
  /// Messages fetched and not yet begun.
  std::uint32_t fetched_count() const { return fetched_end_ - fetched_at_; }

  /// The next message, which is not begun. Requires poll().
  Handle next() const {
    BUSKIN_CHECK(fetched_at_ != fetched_end_);
    return fetched_[fetched_at_];
  }
  /// Takes the next message in hand. Requires poll().
  Hand begin(Phase phase);
  /// The handler threw: counts one failed attempt by hand.meta Running -> Charged.
  Hand charge(const Hand& hand);
  /// The message in hand, if there is one, and the others of its group wait for a new reader: what becomes of this
  /// process until then is not charged to it.
  void put_off();
  /// The same message again (attempt + 1). Requires the last hand not completed.
  Hand begin_again();

  // A group: messages are begun one after the other, and completed together. Lane Messages only.
  /// Before hand goes back to done + 1: remembers how far it was, so that what was begun is known for ever.
  void go_back();
  /// Takes done + 1, which was begun before, in hand to complete it.
  Hand pass(Handle handle);
  /// The last message begun, again: hand went back, and all before it is completed.
  Hand return_to(Handle handle);

  /// done = seq, then the block is dropped. `thread` is the caller's.
  void complete(Thread& thread, const Hand& hand);
  /// done = seq; the block belongs to `thread` from then on (HELD, flag KEPT).
  void complete_kept(Thread& thread, const Hand& hand);
  /// Only done = seq (the commit of a turn); drop_if_unmoved() follows.
  void store_done(const Hand& hand);
  /// Drops the block if it still has the owner word it had in hand.
  void drop_if_unmoved(Thread& thread, const Hand& hand);

  /// At most once: done first, then the handler, then Handled, which drops the block.
  void store_handled(Thread& thread, const Hand& hand);

  std::uint64_t done() const { return done_; }
  Lane lane() const { return lane_; }
  ActorIndex actor() const { return index_; }

 private:
  bool refill();
  void count_bytes(Handle handle, std::uint64_t seq);
  void count_large(const Hand& hand);
  void fetch(HeadWord newest, std::uint32_t count);
  Hand take(Handle handle, std::uint64_t seq, Phase phase);
  bool mark_charged(const HandWord& running, std::uint8_t attempts);
  void start_epoch();
  void wake_waiting();

  Segment* segment_;
  Mailbox* mailbox_;
  LaneRecord* record_;
  ActorIndex index_;
  Lane lane_;
  bool counts_bytes_;              // The mailbox limits them.
  std::uint64_t done_;
  std::uint64_t taken_;
  std::uint64_t replayed_to_;      // Up to here messages were begun before.
  HandWord replay_{};              // What the furthest of them had cost, if hand went back from it.
  std::vector<Handle> fetched_;    // Oldest first; at most kFetchMax.
  std::uint32_t fetched_at_ = 0;
  std::uint32_t fetched_end_ = 0;
  std::vector<HeadWord> stretches_;  // Last nodes of the stretches of a long backlog; the next one is at the back.
};

inline bool LaneReader::poll() { return fetched_at_ != fetched_end_ || refill(); }

inline Hand LaneReader::begin(Phase phase) {
  BUSKIN_CHECK(fetched_at_ != fetched_end_);
  const Handle handle = fetched_[fetched_at_++];
  ++taken_;
  if (fetched_at_ != fetched_end_) __builtin_prefetch(&segment_->block(fetched_[fetched_at_]));
  return take(handle, taken_, phase);
}

inline Hand LaneReader::take(Handle handle, std::uint64_t seq, Phase phase) {
  // relaxed: written by this thread, or by the reader before it.
  const HandWord before = HandWord::unpack(record_->hand_meta.load_relaxed());
  const bool again = before.seq == seq;
  Hand hand{handle, seq, 0, 0, 0, again || seq <= replayed_to_};
  if (again) {
    hand.attempts = before.attempts, hand.kills = before.kills;
  } else if (replay_.seq == seq) [[unlikely]] {
    hand.attempts = replay_.attempts, hand.kills = replay_.kills;
  }
  // relaxed: the block came with the acquire of `in`; until we complete it only we change the word.
  hand.own = segment_->block(handle).own.load_relaxed();
  // sync(hand): release. The owner word of the last message changed before its hand is overwritten:
  //   a process that looks for evidence of that message finds one or the other.
  record_->hand_meta.store_release(HandWord{seq, phase, hand.attempts, hand.kills}.pack());
  crash_order();
  // crash(hand_half_written): seq = done + 1, so a repairer uses only the counts. The other order
  //   would let it free a message that nobody handled.
  crash_point("hand_half_written");
  // relaxed: read by a repairer, in program order.
  record_->hand_handle.store_relaxed(to_bits(handle));
  record_->hand_own.store_relaxed(hand.own);
  crash_order();
  return hand;
}

inline void LaneReader::store_done(const Hand& hand) {
  BUSKIN_CHECK(hand.seq == done_ + 1);
  if ((hand.seq & (kEpochLength - 1)) == 0) [[unlikely]] start_epoch();
  if (counts_bytes_) [[unlikely]] count_bytes(hand.handle, hand.seq);
  else if (lane_ == Lane::Messages && is_large(*segment_, hand.handle)) count_large(hand);
  done_ = hand.seq;
  // sync(done): release. All we did with the message stands before it; senders and evidence acquire.
  record_->done.store_release(done_);
  crash_order();
  if (lane_ != Lane::Messages) return;
  // relaxed: a bit that we miss here is seen at the next completion, or by park().
  if ((mailbox_->space.load_relaxed() & 1u) != 0) [[unlikely]] wake_waiting();
}

inline void LaneReader::complete(Thread& thread, const Hand& hand) {
  store_done(hand);
  // crash(completed): hand.seq == done: a repairer frees the block that hand names, by CAS from its
  //   exact owner word.
  crash_point("completed");
  drop(thread, hand.handle);
}

}  // namespace buskin::shm
