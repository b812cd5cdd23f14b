// RoomWaiter: the edge, the walks over the edges of others, and the sleep.
#include "shm/mailbox/room_waiter.hpp"

#include <sched.h>

#include <algorithm>

#include "shm/base/clock.hpp"
#include "shm/mailbox/byte_quota.hpp"
#include "shm/mailbox/send.hpp"
#include "shm/memory/payload.hpp"
#include "shm/os/futex.hpp"
#include "shm/segment/slot_facts.hpp"

namespace buskin::shm {

namespace {

constexpr std::uint32_t kWaiting = 1;                // Bit 0 of `space`.
constexpr std::uint64_t kWaitSlice_ns = 50'000'000;  // After it a waiter looks by itself: a receiver may have died.
constexpr int kBusyLooks = 128;                      // Some microseconds; after them each look gives way to others.
constexpr int kWalksMax = 4;                         // Over one circle, until two walks agree.
constexpr std::uint32_t kCircleMax = 1'024;          // Waiters in a circle that is still found.

/// An edge as it was read.
struct Edge {
  RoomNeed need{};
  std::uint64_t stamp = 0;  ///< Tells one wait of the actor from the next one.
};

Edge edge_of(const Segment& segment, ActorId waiter) {
  const Mailbox& mailbox = segment.mailbox(waiter.index);
  Edge edge;
  // relaxed: compared with a second walk's; read before `waits_for`, which was written after them.
  edge.stamp = mailbox.waits_since_ns.load_relaxed();
  edge.need.bytes = mailbox.waits_bytes.load_relaxed();  // relaxed: as above.
  // sync(wait_edge): seq_cst. We wrote ours before; of two that close a circle one sees the other.
  edge.need.target = ActorId::from_word(mailbox.waits_for.load_seq_cst());
  return edge;
}

/// Follows the edges from `waiter`. The sum of the stamps when they lead back to it.
std::optional<std::uint64_t> circle_stamp(const Segment& segment, ActorId waiter) {
  std::uint64_t stamp = 0;
  ActorId at = waiter;
  for (std::uint32_t hop = 0; hop < kCircleMax; ++hop) {
    const Edge edge = edge_of(segment, at);
    if (edge.need.target == ActorId{} || !lacks_room(segment, edge.need)) return std::nullopt;
    stamp += edge.stamp;
    at = edge.need.target;
    if (at == waiter) return stamp;
  }
  return std::nullopt;
}

}  // namespace

RoomNeed room_need_of(const Segment& segment, ActorId target, Handle block) {
  return {target, static_cast<std::uint32_t>(payload_bytes(segment, block))};
}

bool lacks_room(const Segment& segment, const RoomNeed& need) {
  if (!is_open(segment, need.target)) return false;
  if (pending_count(segment, need.target.index, Lane::Messages) >= capacity_of(segment, need.target)) return true;
  const Mailbox& mailbox = segment.mailbox(need.target.index);
  if (!has_byte_limit(mailbox)) return lacks_share(segment, need.target, need.bytes);
  return bytes_in_use(mailbox) + need.bytes > mailbox.bytes_max.read();
}

bool spin_for_room(const Segment& segment, const RoomNeed& need, std::uint64_t patience_ns) {
  const ActorIndex index = need.target.index;
  const LaneRecord& lane = segment.mailbox(index).lanes[static_cast<std::size_t>(Lane::Messages)];
  // Half of it: the two threads work on lines of their own for a while before they meet again.
  const std::uint32_t capacity = capacity_of(segment, need.target);
  const std::uint32_t enough = (capacity + 1) / 2;
  std::uint64_t done = lane.done.load_relaxed();  // relaxed: the look at the count below orders what we do with it.
  std::uint64_t deadline_ns = now_ns() + patience_ns;
  // Ends: with enough room, or when `done` has stood still for so long.
  for (int looks = 0; is_open(segment, need.target); ++looks) {
    const bool has_places = pending_count(segment, index, Lane::Messages) + enough <= capacity;
    if (has_places && !lacks_room(segment, need)) return true;
    if (looks < kBusyLooks) {
      __builtin_ia32_pause();
    } else {
      if (now_ns() >= deadline_ns) break;
      ::sched_yield();
    }
    const std::uint64_t now = lane.done.load_relaxed();  // relaxed: as above.
    if (now == done) continue;
    done = now;
    deadline_ns = now_ns() + patience_ns;
    looks = 0;
  }
  return false;
}

void begin_wait(Segment& segment, ActorId waiter, const RoomNeed& need) {
  BUSKIN_CHECK(need.target != ActorId{});  // That would be no edge.
  Mailbox& mailbox = segment.mailbox(waiter.index);
  // relaxed: before `waits_for`, and read before it.
  mailbox.waits_since_ns.store_relaxed(now_ns());
  mailbox.waits_bytes.store_relaxed(need.bytes);  // relaxed: as above.
  // sync(wait_edge): seq_cst. Before we walk the edges of others.
  mailbox.waits_for.store_seq_cst(need.target.word());
}

void end_wait(Segment& segment, ActorId waiter) {
  // sync(wait_edge): seq_cst. A walk that still sees the edge finds room in its target, or the waiter gone.
  segment.mailbox(waiter.index).waits_for.store_seq_cst(0);
}

bool would_deadlock(const Segment& segment, ActorId waiter) {
  auto last = circle_stamp(segment, waiter);
  // A stamp is read before the edge that it belongs to, so a walk that meets a new edge may have an old stamp.
  // Ends: a stamp that differs again is another wait, whose waiter looks itself.
  for (int walks = 1; last.has_value() && walks < kWalksMax; ++walks) {
    const auto next = circle_stamp(segment, waiter);
    if (next == last) return true;
    last = next;
  }
  return false;
}

std::optional<RoomWaitFact> room_wait_of(const Segment& segment, ActorId waiter) {
  const Edge edge = edge_of(segment, waiter);
  if (edge.need.target == ActorId{}) return std::nullopt;
  return RoomWaitFact{edge.need.target, edge.stamp};
}

RoomWaiter::RoomWaiter(Thread& thread, ActorId waiter, const RoomNeed& need)
    : thread_(thread), waiter_(waiter), need_(need) {
  if (waiter_ != ActorId{}) begin_wait(thread_.segment(), waiter_, need_);
}

RoomWaiter::~RoomWaiter() {
  if (waiter_ != ActorId{}) end_wait(thread_.segment(), waiter_);
}

RoomWait RoomWaiter::wait(std::uint64_t deadline_ns) {
  Segment& segment = thread_.segment();
  if (!lacks_room(segment, need_)) return RoomWait::Retry;
  Atomic<std::uint32_t>& space = segment.mailbox(need_.target.index).space;
  // Ends: at the deadline, by which each slice is bounded.
  for (;;) {
    // sync(room): seq_cst. The bit stands before we look again; the consumer looks at it after each
    //   `done`, and once more when it finds its lane empty.
    const std::uint32_t seen = space.or_seq_cst(kWaiting) | kWaiting;
    if (!lacks_room(segment, need_)) return RoomWait::Retry;
    if (waiter_ != ActorId{} && would_deadlock(segment, waiter_)) {
      thread_.count(Counter::WouldDeadlock);
      return RoomWait::WouldDeadlock;
    }
    const std::uint64_t now = now_ns();
    if (now >= deadline_ns) return RoomWait::Deadline;
    // crash(room_waiting): bit 0 stays set; the consumer then wakes nobody, once. The edge stands: the repairer takes
    //   it away.
    crash_point("room_waiting");
    thread_.heap().park();
    futex_wait(space, seen, std::min(deadline_ns, now + kWaitSlice_ns));
  }
}

}  // namespace buskin::shm
