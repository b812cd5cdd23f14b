// send: appends a block to one lane of a mailbox. The CAS on `in` is the commit.
//
// Before it, the thread record says what is about to happen (op record); after
// it, the chain itself is the evidence. So a sender may die anywhere.
// docs/crash-safety.md has the table of crash points.
//
// The bound is exact: the CAS fails when `in` has moved since it was compared,
// `done` only grows, and a sender's copy of `done` is good only in its epoch.
#pragma once

#include <cstdint>

#include "shm/base/crash_point.hpp"
#include "shm/memory/thread.hpp"
#include "shm/mailbox/byte_quota.hpp"
#include "shm/mailbox/memory_share.hpp"
#include "shm/mailbox/wake.hpp"

namespace buskin::shm {

/// Largest capacity. Together with a copy of `done` that is one epoch old it stays on the near half
/// of the circle of sequence numbers.
inline constexpr std::uint32_t kLaneMax = (1u << 26) - 1;
/// Completions between two bumps of `epoch`.
inline constexpr std::uint64_t kEpochLength = std::uint64_t{1} << 26;
/// Bound of lane Control: orders of the runtime, a handful per actor.
inline constexpr std::uint32_t kControlMax = 1'024;

enum class SendStatus : std::uint8_t {
  Accepted,
  Full,  ///< The lane holds `capacity` messages, or too many bytes. The block is HELD again, in a new generation.
  Gone,  ///< Closed, or another actor has the slot now. The block is HELD again.
};

/// Whether a message may be refused because there is no room. Replies never are.
enum class Admission : std::uint8_t {
  Bounded,
  Exempt,
  Staged,  ///< It was given room when it was staged: its bytes are taken from the limit already.
};

struct Destination {
  ActorId id{};
  Lane lane = Lane::Messages;
  Admission admission = Admission::Bounded;
};

/// Sends a block HELD by this thread, and wakes the receiver. Never waits.
/// Threads: any with a record. Cost: about 15 ns, one contended line.
SendStatus send(Thread& thread, Destination to, Handle handle);

/// Messages that lie in a lane now: in.seq - done.
std::uint32_t pending_count(const Segment& segment, ActorIndex index, Lane lane);

/// Does a mailbox stand open under this id?
bool is_open(const Segment& segment, ActorId id);

namespace detail {

bool has_place_now(Thread& thread, const Destination& to, std::uint32_t seq);
SendStatus roll_back(Thread& thread, Handle handle, OwnerWord held, SendStatus why);

inline bool is_open(const Mailbox& mailbox, std::uint32_t gen) {
  // sync(life): acquire. After `in` was read: closing and recycling change `in`, so a stale answer
  //   here makes the CAS fail.
  const LifeWord life = LifeWord::unpack(mailbox.life.load_acquire());
  return life.gen == gen && accepts(life.state);
}

/// Is there a place behind position `seq`? First by the copy of `done`, which costs no line of the consumer.
inline bool has_place(Thread& thread, const Mailbox& mailbox, const Destination& to, std::uint32_t seq) {
  if (to.admission != Admission::Bounded || to.lane == Lane::Replies) return true;
  const DoneCache& cache = thread.done_cache(to.id.index);
  // sync(epoch): acquire. A head that lies an epoch ahead was pushed by a sender that saw a `done` that
  //   is later than the bump; so the bump is visible with that head.
  const bool fresh = cache.id == to.id && cache.epoch == mailbox.epoch.load_acquire();
  const auto capacity = static_cast<std::int32_t>(mailbox.capacity.read());
  if (fresh && to.lane == Lane::Messages && seq_distance(seq, cache.done) < capacity) return true;
  return has_place_now(thread, to, seq);
}

/// For mailboxes without a limit on bytes.
struct NoBytes {
  void settle(std::uint64_t&) const {}
  void count(std::uint32_t) const {}
};

/// The push itself. `bytes` counts what the mailbox limits.
template <class Bytes>
inline SendStatus push(Thread& thread, const Destination& to, Handle handle, const Bytes& bytes) {
  Segment& segment = thread.segment();
  Mailbox& mailbox = segment.mailbox(to.id.index);
  BlockHeader& block = segment.block(handle);
  Atomic<std::uint64_t>& in = mailbox.in[static_cast<std::size_t>(to.lane)];
  // sync(push): acquire. Sees the lane as the last sender left it.
  std::uint64_t seen = in.load_acquire();
  // Ends: a failed CAS is another sender's success, or the lane was closed.
  for (;;) {
    bytes.settle(seen);
    const HeadWord head = HeadWord::unpack(seen);
    if (head.closed || !is_open(mailbox, to.id.gen)) return SendStatus::Gone;
    if (!has_place(thread, mailbox, to, head.seq)) return SendStatus::Full;
    // relaxed: the CAS publishes it, to live peers and, in program order, to a repairer.
    block.next.store_relaxed(seen);
    // crash(send_linked): the link names the only position this block can have; it is not there, so the
    //   repairer finds NOT published and frees the block. Nothing was accepted.
    crash_order();
    crash_point("send_linked");
    // sync(push): seq_cst. Publishes the block with payload and link to the consumer's acquire, and
    //   stands before kick()'s look at `sched` in the one order of both.
    if (in.cas_seq_cst(seen, HeadWord{head.seq + 1, false, handle}.pack())) {
      bytes.count(head.seq + 1);
      return SendStatus::Accepted;
    }
  }
}

SendStatus append_counted(Thread& thread, Destination to, Handle handle);
SendStatus append_large(Thread& thread, Destination to, Handle handle);

/// Pushes a block whose owner word names `to` already. The caller answers for a death before the CAS.
inline SendStatus append(Thread& thread, const Destination& to, Handle handle) {
  const bool is_counted = to.lane == Lane::Messages && has_byte_limit(thread.segment().mailbox(to.id.index));
  if (is_counted) [[unlikely]] return append_counted(thread, to, handle);
  if (to.lane == Lane::Messages && is_large(thread.segment(), handle)) return append_large(thread, to, handle);
  return push(thread, to, handle, NoBytes{});
}

}  // namespace detail

inline SendStatus send(Thread& thread, Destination to, Handle handle) {
  BlockHeader& block = thread.segment().block(handle);
  ThreadRecord& record = thread.record();
  // relaxed: the block is ours, nobody else writes it.
  const OwnerWord held = OwnerWord::unpack(block.own.load_relaxed());
  BUSKIN_CHECK(held.state == BlockState::Held);
  const std::uint64_t queued = OwnerWord::queued(to.id.index, to.lane, held.gen).pack();

  // relaxed: these four stores are read by a repairer after our death, in program order. The link is
  //   NIL before the owner word says QUEUED, so that a life which was never pushed cannot look pushed.
  block.next.store_relaxed(kNil);
  crash_order();
  record.op_handle.store_relaxed(to_bits(handle));
  crash_order();
  // crash(send_half_recorded): a new handle beside an old owner word; no block carries both.
  crash_point("send_half_recorded");
  // relaxed: as above; the record is whole before the block changes hands.
  record.op_own.store_relaxed(queued);
  crash_order();
  block.own.store_relaxed(queued);
  crash_order();
  // crash(send_recorded): the block is QUEUED in name only; its link is NIL, so the repairer frees it.
  crash_point("send_recorded");

  const SendStatus status = detail::append(thread, to, handle);
  if (status != SendStatus::Accepted) [[unlikely]] return detail::roll_back(thread, handle, held, status);
  // crash(send_published): accepted. The op record stays as it is and covers the kick: the repairer
  //   finds the message published, or gone on, and kicks.
  crash_point("send_published");
  kick(thread, to.id.index);
  thread.count(Counter::Sent);
  return SendStatus::Accepted;
}

}  // namespace buskin::shm
