// send: the rare half: no room, a limit on bytes, roll back, what is pending. The usual half is in send.hpp.
#include "shm/mailbox/send.hpp"

namespace buskin::shm {

namespace detail {

bool has_place_now(Thread& thread, const Destination& to, std::uint32_t seq) {
  const Mailbox& mailbox = thread.segment().mailbox(to.id.index);
  // sync(epoch): acquire. Before `done`: a copy may be younger than its epoch says, never older.
  const std::uint32_t epoch = mailbox.epoch.load_acquire();
  // sync(done): acquire. The consumer has let go of everything up to it.
  const std::uint64_t done = mailbox.lanes[static_cast<std::size_t>(to.lane)].done.load_acquire();
  if (to.lane == Lane::Control) return seq_distance(seq, done) < static_cast<std::int32_t>(kControlMax);
  thread.done_cache(to.id.index) = {to.id, epoch, done};
  const std::uint32_t capacity = mailbox.capacity.read();
  return seq_distance(seq, done) < static_cast<std::int32_t>(capacity);
}

namespace {

/// Counts the bytes of one push.
class PushedBytes {
 public:
  PushedBytes(ByteQuota quota, std::uint32_t bytes, bool is_taken)
      : quota_(quota), bytes_(bytes), is_taken_(is_taken) {}
  void settle(std::uint64_t& seen) const { seen = quota_.settle(); }
  void count(std::uint32_t position) const {
    // crash(bytes_pushed): in the chain, not counted: the next sender, or the consumer, counts it.
    crash_point("bytes_pushed");
    quota_.count(position, bytes_, is_taken_);
  }

 private:
  ByteQuota quota_;
  std::uint32_t bytes_;
  bool is_taken_;
};

/// Says in the block whether its bytes were taken, for the process that counts its position.
std::uint32_t mark_taken(BlockHeader& block, bool is_taken) {
  // relaxed: the block is ours until the push, which publishes it.
  WhatWord what = WhatWord::unpack(block.what.load_relaxed());
  what.flags = static_cast<std::uint8_t>(is_taken ? what.flags & ~BlockFlag::kExempt : what.flags | BlockFlag::kExempt);
  // relaxed: as above.
  block.what.store_relaxed(what.pack());
  return what.len;
}

/// Adds one push to what lies in the lane.
class PushedLarge {
 public:
  PushedLarge(MemoryShare share, std::uint32_t bytes, bool is_taken)
      : share_(share), bytes_(bytes), is_taken_(is_taken) {}
  void settle(std::uint64_t&) const {}
  void count(std::uint32_t) const {
    if (is_taken_) share_.count(bytes_);
  }

 private:
  MemoryShare share_;
  std::uint32_t bytes_;
  bool is_taken_;
};

/// Takes the message's bytes of `limit`, and counts them with the push.
template <class Pushed, class Limit>
SendStatus append_within(Thread& thread, const Destination& to, Handle handle, const Limit& limit) {
  using Room = typename Limit::Room;
  const bool is_taken = to.admission != Admission::Exempt;
  const std::uint32_t bytes = mark_taken(thread.segment().block(handle), is_taken);
  const bool is_bounded = to.admission == Admission::Bounded;
  if (is_bounded) {
    const Room room = limit.take(bytes);
    if (room != Room::Taken) return room == Room::Full ? SendStatus::Full : SendStatus::Gone;
  }
  const SendStatus status = push(thread, to, handle, Pushed(limit, bytes, is_taken));
  if (is_bounded && status != SendStatus::Accepted) limit.give_back(bytes);
  return status;
}

}  // namespace

SendStatus append_counted(Thread& thread, Destination to, Handle handle) {
  return append_within<PushedBytes>(thread, to, handle, ByteQuota(thread.segment(), to.id));
}

SendStatus append_large(Thread& thread, Destination to, Handle handle) {
  return append_within<PushedLarge>(thread, to, handle, MemoryShare(thread.segment(), to.id));
}

SendStatus roll_back(Thread& thread, Handle handle, OwnerWord held, SendStatus why) {
  const OwnerWord again{BlockState::Held, held.id, held.gen + 1};
  // relaxed: ours again. A new generation, so that no owner word is ever written twice.
  thread.segment().block(handle).own.store_relaxed(again.pack());
  crash_order();
  // crash(send_refused): the op record matches no block any more; the sweep finds the block HELD.
  crash_point("send_refused");
  // relaxed: read by a repairer only.
  thread.record().op_own.store_relaxed(0);
  return why;
}

}  // namespace detail

std::uint32_t pending_count(const Segment& segment, ActorIndex index, Lane lane) {
  const Mailbox& mailbox = segment.mailbox(index);
  const auto at = static_cast<std::size_t>(lane);
  // sync(done): acquire. Before `in`, which can only have moved on: the difference is never negative.
  const std::uint64_t done = mailbox.lanes[at].done.load_acquire();
  // sync(push): seq_cst. The last look of a consumer that goes to sleep: after its sleep bit, as kick()'s
  //   look at that bit comes after the push.
  const HeadWord head = HeadWord::unpack(mailbox.in[at].load_seq_cst());
  return static_cast<std::uint32_t>(seq_distance(head.seq, done));
}

bool is_open(const Segment& segment, ActorId id) {
  if (id.index == ActorIndex::None || to_bits(id.index) >= segment.layout().count_of(Table::Actors)) return false;
  return segment.is_backed(Table::Actors, to_bits(id.index)) && detail::is_open(segment.mailbox(id.index), id.gen);
}

}  // namespace buskin::shm
