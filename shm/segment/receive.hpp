// LaneReader: the consumer's side of one lane. Private cursor over a shared chain.
//
// A message stays in the chain while it is handled: `hand` is written before,
// `done` after. Nothing is ever detached, so a successor finds everything.
// poll() never writes to the segment.
//
// Floor: segment.
#pragma once

#include <cstdint>
#include <vector>

#include "shm/segment/thread.hpp"

namespace buskin::shm {

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

  /// Is there a message? Looks at `in` only when the last batch is used up (or at `refresh`).
  bool poll();
  /// Messages fetched and not yet begun.
  std::uint32_t fetched_count() const { return fetched_end_ - fetched_at_; }

  /// Takes the next message in hand. Requires poll().
  Hand begin(Phase phase);
  /// The handler threw: counts one failed attempt by hand.meta Running -> Charged.
  Hand charge(const Hand& hand);
  /// The same message again (attempt + 1). Requires the last hand not completed.
  Hand begin_again();

  /// done = seq, then the block is dropped. `thread` is the caller's.
  void complete(Thread& thread, const Hand& hand);
  /// done = seq; the block belongs to `thread` from then on (HELD, flag KEPT).
  void complete_kept(Thread& thread, const Hand& hand);
  /// Only done = seq (the commit of a turn); retire_block() follows.
  void store_done(const Hand& hand);
  /// Drops the block if it still has the owner word it had in hand.
  void drop_if_unmoved(Thread& thread, const Hand& hand);

  /// At most once: done first, then the handler, then Handled.
  void store_handled(Thread& thread, const Hand& hand);

  std::uint64_t done() const { return done_; }
  Lane lane() const { return lane_; }
  ActorIndex actor() const { return index_; }

 private:
  void fetch(std::uint64_t head);
  Mailbox& mailbox() const { return segment_->mailbox(index_); }
  LaneRecord& lane_record() const { return mailbox().lanes[static_cast<std::size_t>(lane_)]; }

  Segment* segment_;
  ActorIndex index_;
  Lane lane_;
  std::uint64_t done_ = 0;       // Copy of the shared word, which only we write.
  std::vector<Handle> fetched_;  // Oldest first; at most kFetchMax.
  std::uint32_t fetched_at_ = 0;
  std::uint32_t fetched_end_ = 0;
};

/// Handles kept per fetch; a longer backlog is walked again per stretch.
inline constexpr std::uint32_t kFetchMax = 65'536;

}  // namespace buskin::shm
