// LaneReader: fetching a batch, and the rarer ends of a message. The usual path is in lane_reader.hpp.
#include "shm/mailbox/lane_reader.hpp"

#include <algorithm>
#include <limits>

#include "shm/os/futex.hpp"
#include "shm/memory/evidence.hpp"

namespace buskin::shm {

LaneReader::LaneReader(Segment& segment, ActorIndex index, Lane lane)
    : segment_(&segment),
      mailbox_(&segment.mailbox(index)),
      record_(&mailbox_->lanes[static_cast<std::size_t>(lane)]),
      index_(index),
      lane_(lane),
      counts_bytes_(lane == Lane::Messages && has_byte_limit(*mailbox_)),
      // sync(done): acquire. Everything a former reader did with completed messages.
      done_(record_->done.load_acquire()),
      taken_(done_),
      // sync(hand): acquire. What it had in hand when it stopped.
      replayed_to_(HandWord::unpack(record_->hand_meta.load_acquire()).seq) {
  const std::uint64_t was_in_hand = replayed_to_;
  if (lane == Lane::Messages) {
    // relaxed: written by the reader before this one.
    replay_ = HandWord::unpack(mailbox_->replay.load_relaxed());
    if (was_in_hand > ((done_ + 1) & HandWord::kSeqMask48)) go_back();
    replayed_to_ = std::max(replayed_to_, replay_.seq);
  }
  // What was in hand is the next message: it is served before the chain is walked, which takes long when much
  // has come since. Its handle and owner word may be the former message's, but that one's word has changed.
  if (was_in_hand != ((done_ + 1) & HandWord::kSeqMask48)) return;
  // relaxed: the former reader's, read after its hand.meta.
  const auto in_hand = static_cast<Handle>(record_->hand_handle.load_relaxed());
  const std::uint64_t own = record_->hand_own.load_relaxed();
  if (own == 0 || peek_own(segment, in_hand) != own) return;
  fetched_.assign(1, in_hand);
  fetched_end_ = 1;
}

bool LaneReader::refill() {
  fetched_at_ = fetched_end_ = 0;
  if (!stretches_.empty()) {
    const HeadWord newest = stretches_.back();
    stretches_.pop_back();
    fetch(newest, static_cast<std::uint32_t>(seq_distance(newest.seq, taken_)));
    return true;
  }
  // sync(push): acquire. Sees each block up to this head as its sender pushed it: an older sender's
  //   CAS is part of the same release sequence.
  const HeadWord head = HeadWord::unpack(mailbox_->in[static_cast<std::size_t>(lane_)].load_acquire());
  const std::int32_t count = seq_distance(head.seq, taken_);
  BUSKIN_CHECK(count >= 0);
  if (count > 0) {
    fetch(head, static_cast<std::uint32_t>(count));
    return true;
  }
  // relaxed: as in store_done(); a reader that polls on comes by here again, and park() looks in order.
  if (lane_ == Lane::Messages && (mailbox_->space.load_relaxed() & 1u) != 0) wake_waiting();
  return false;
}

/// Walks `count` nodes from the newest to taken_ + 1 and keeps the oldest kFetchMax of them.
void LaneReader::fetch(HeadWord newest, std::uint32_t count) {
  const std::uint32_t kept = std::min(count, kFetchMax);
  if (fetched_.size() < kept) fetched_.resize(kept);
  fetched_end_ = kept;
  HeadWord at = newest;
  for (std::uint32_t left = count;; --left) {  // Ends: after `count` nodes.
    BUSKIN_CHECK(segment_->in_data(at.handle));
    if (left <= kFetchMax) {
      fetched_[left - 1] = at.handle;
    } else if (left % kFetchMax == 0) {
      stretches_.push_back(at);
    }
    if (left == 1) return;
    // relaxed: came with the acquire of `in`; nodes above `done` do not change.
    const HeadWord next = HeadWord::unpack(segment_->block(at.handle).next.load_relaxed());
    // Each link goes down by one. Otherwise a process wrote where it must not, and nothing here can be trusted.
    BUSKIN_CHECK(!next.closed && next.seq == ((at.seq - 1) & kSeqMask));
    at = next;
  }
}

bool LaneReader::mark_charged(const HandWord& running, std::uint8_t attempts) {
  const HandWord charged{running.seq, Phase::Charged, attempts, running.kills};
  // sync(hand): release. One CAS, so that a delivery is charged once, by us or by a repairer.
  const bool is_charged = record_->hand_meta.cas_release(running.pack(), charged.pack());
  // crash(charged): a repairer sees Charged and does not count our death as well.
  crash_point("charged");
  return is_charged;
}

Hand LaneReader::charge(const Hand& hand) {
  Hand now = hand;
  if (now.attempts < kAttemptsMax) ++now.attempts;
  const bool is_charged = mark_charged({hand.seq, Phase::Running, hand.attempts, hand.kills}, now.attempts);
  BUSKIN_CHECK(is_charged);
  return now;
}

void LaneReader::put_off() {
  // relaxed: written by this reader.
  const HandWord hand = HandWord::unpack(record_->hand_meta.load_relaxed());
  if (taken_ > done_ && hand.phase == Phase::Running) (void)mark_charged(hand, hand.attempts);
}

Hand LaneReader::begin_again() {
  BUSKIN_CHECK(taken_ == done_ + 1);
  // relaxed: written by this reader.
  return take(static_cast<Handle>(record_->hand_handle.load_relaxed()), taken_, Phase::Running);
}

void LaneReader::go_back() {
  // relaxed: written by this reader, or by the one before it, and read by the next.
  const HandWord hand = HandWord::unpack(record_->hand_meta.load_relaxed());
  if (!is_ahead(replay_, done_) || replay_.seq < hand.seq) {
    replay_ = hand;
    replayed_to_ = std::max(replayed_to_, hand.seq);
    // relaxed: as above.
    mailbox_->replay.store_relaxed(hand.pack());
    crash_order();
  }
  // crash(hand_goes_back): the furthest position is known twice.
  crash_point("hand_goes_back");
  // Otherwise a successor that finds done + 1 half taken would take that block for the one in hand.
  // relaxed: as above.
  record_->hand_own.store_relaxed(0);
  crash_order();
}

Hand LaneReader::pass(Handle handle) {
  BUSKIN_CHECK(done_ < taken_);
  return take(handle, done_ + 1, Phase::Skip);
}

Hand LaneReader::return_to(Handle handle) {
  BUSKIN_CHECK(taken_ == done_ + 1);
  return take(handle, taken_, Phase::Running);
}

void LaneReader::complete_kept(Thread& thread, const Hand& hand) {
  store_done(hand);
  // crash(kept_done): hand.seq == done and the block unmoved: a repairer frees it. It would have been
  //   lost with the process anyway.
  crash_point("kept_done");
  hold(thread, hand.handle);
  BlockHeader& block = segment_->block(hand.handle);
  // relaxed: the block is ours.
  WhatWord what = WhatWord::unpack(block.what.load_relaxed());
  what.flags |= BlockFlag::kKept;
  // relaxed: as above.
  block.what.store_relaxed(what.pack());
}

void LaneReader::drop_if_unmoved(Thread& thread, const Hand& hand) {
  // relaxed: while we live, only we, and the processes that we gave it to, change the word; any change means
  //   that it is not ours.
  if (segment_->block(hand.handle).own.load_relaxed() == hand.own) drop(thread, hand.handle);
}

void LaneReader::store_handled(Thread& thread, const Hand& hand) {
  BUSKIN_CHECK(done_ >= hand.seq);
  // sync(hand): release. A repairer that sees it knows that the handler has returned.
  record_->hand_meta.store_release(HandWord{hand.seq, Phase::Handled, hand.attempts, hand.kills}.pack());
  crash_order();
  // crash(handled): hand.seq == done, Handled: a repairer just frees the block.
  crash_point("handled");
  drop_if_unmoved(thread, hand);
}

/// Called before `done` passes the boundary: a sender that sees a `done` of the new epoch also sees its number.
void LaneReader::start_epoch() {
  // sync(epoch): seq_cst. The lanes of a mailbox may have readers in two threads; once in 2^26 messages.
  mailbox_->epoch.add_seq_cst(1);
  // crash(epoch_started): the successor starts it again; one number more retires nobody wrongly.
  crash_point("epoch_started");
}

void LaneReader::count_bytes(Handle handle, std::uint64_t seq) { ByteCount(*segment_, index_).complete(seq, handle); }

void LaneReader::count_large(const Hand& hand) {
  // relaxed: the block is in hand.
  const WhatWord what = WhatWord::unpack(segment_->block(hand.handle).what.load_relaxed());
  if ((what.flags & BlockFlag::kExempt) != 0) return;
  // The generation does not matter to one that completes: its actor has the slot.
  MemoryShare(*segment_, {index_, 0}).complete(hand.seq, what.len, hand.seq <= replayed_to_);
}

void LaneReader::wake_waiting() {
  // Half of the places are free, so that waiters come back less often. Bytes are wanted as soon as some are free.
  if (!counts_bytes_ && pending_count(*segment_, index_, lane_) > mailbox_->capacity.read() / 2) return;
  wake_for_room(*mailbox_);
}

}  // namespace buskin::shm
