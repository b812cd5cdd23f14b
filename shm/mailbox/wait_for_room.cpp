// wait_for_room: the edge, the walks over the edges of others, and the sleep.
#include "shm/mailbox/wait_for_room.hpp"

#include <sched.h>

#include <algorithm>
#include <optional>

#include "shm/base/clock.hpp"
#include "shm/os/futex.hpp"
#include "shm/mailbox/send.hpp"
#include "shm/segment/slot_facts.hpp"

namespace buskin::shm {

namespace {

constexpr std::uint32_t kWaiting = 1;                // Bit 0 of `space`.
constexpr std::uint64_t kWaitSlice_ns = 50'000'000;  // After it a waiter looks by itself: a receiver may have died.
constexpr int kBusyLooks = 128;                      // Some microseconds; after them each look gives way to others.
constexpr std::uint32_t kCycleMax = 64;              // Waiters in a cycle that is still found.

bool is_full(const Segment& segment, ActorId id) {
  if (!is_open(segment, id)) return false;
  return pending_count(segment, id.index, Lane::Messages) >= capacity_of(segment, id);
}

/// The edge of the thread that waits on behalf of `waiter`, or null. Looks at every record in use.
const WaitEdge* edge_of(const Segment& segment, ActorId waiter) {
  const std::uint64_t count = segment.layout().count_of(Table::Threads);
  const std::uint64_t step = kPieceBytes / sizeof(ThreadRecord);
  for (std::uint64_t first = 0; first < count; first += step) {
    if (!segment.is_backed(Table::Threads, first)) continue;
    for (std::uint64_t i = first; i < std::min(first + step, count); ++i) {
      const WaitEdge& edge = segment.thread(static_cast<ThreadIndex>(i)).wait;
      // sync(wait_edge): seq_cst. We wrote ours before; of two that close a cycle one sees the other.
      if (edge.target.load_seq_cst() == 0) continue;
      // relaxed: written before `target`; read after it.
      if (edge.waiter.load_relaxed() == waiter.word()) return &edge;
    }
  }
  return nullptr;
}

/// Follows the edges from `target`. The sum of the epochs when they lead back to `waiter`.
std::optional<std::uint64_t> cycle_stamp(const Segment& segment, ActorId target, ActorId waiter) {
  std::uint64_t stamp = 0;
  ActorId at = target;
  for (std::uint32_t hop = 0; hop < kCycleMax; ++hop) {
    if (!is_full(segment, at)) return std::nullopt;
    if (at == waiter) return stamp;
    const WaitEdge* edge = edge_of(segment, at);
    if (edge == nullptr) return std::nullopt;
    // relaxed: compared with a second walk's; read before `target`, which was written after it.
    stamp += edge->epoch.load_relaxed();
    // sync(wait_edge): seq_cst. As in edge_of().
    at = ActorId::from_word(edge->target.load_seq_cst());
  }
  return std::nullopt;
}

bool would_deadlock(const Segment& segment, ActorId target, ActorId waiter) {
  if (waiter.index == ActorIndex::None) return false;
  const auto first = cycle_stamp(segment, target, waiter);
  return first.has_value() && first == cycle_stamp(segment, target, waiter);
}

/// The edge stands as long as this object.
class EdgeScope {
 public:
  EdgeScope(WaitEdge& edge, ActorId target, ActorId waiter) : edge_(edge) {
    // relaxed: written by this thread only, and before `target`.
    edge_.epoch.store_relaxed(edge_.epoch.load_relaxed() + 1);
    edge_.waiter.store_relaxed(waiter.word());
    edge_.since_ns.store_relaxed(now_ns());
    // sync(wait_edge): seq_cst. Before we walk the others' edges.
    edge_.target.store_seq_cst(target.word());
  }
  ~EdgeScope() {
    // sync(wait_edge): seq_cst. A walk that still sees it finds the mailbox no longer full, or us gone.
    edge_.target.store_seq_cst(0);
  }
  EdgeScope(const EdgeScope&) = delete;
  EdgeScope& operator=(const EdgeScope&) = delete;

 private:
  WaitEdge& edge_;
};

}  // namespace

bool spin_for_room(const Segment& segment, ActorId id, std::uint64_t patience_ns) {
  const LaneRecord& lane = segment.mailbox(id.index).lanes[static_cast<std::size_t>(Lane::Messages)];
  // Half of it: the two threads work on lines of their own for a while before they meet again.
  const std::uint32_t enough = (capacity_of(segment, id) + 1) / 2;
  std::uint64_t done = lane.done.load_relaxed();  // relaxed: the look at the count below orders what we do with it.
  std::uint64_t deadline_ns = now_ns() + patience_ns;
  // Ends: with enough room, or when `done` has stood still for so long.
  for (int looks = 0; is_open(segment, id); ++looks) {
    if (pending_count(segment, id.index, Lane::Messages) + enough <= capacity_of(segment, id)) return true;
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

RoomWait wait_for_room(Thread& thread, ActorId id, ActorId waiter, std::uint64_t deadline_ns) {
  Segment& segment = thread.segment();
  if (!is_full(segment, id)) return RoomWait::Retry;
  thread.count(Counter::SendWaits);
  const EdgeScope edge(thread.record().wait, id, waiter);
  Atomic<std::uint32_t>& space = segment.mailbox(id.index).space;
  // Ends: at the deadline, by which each slice is bounded.
  for (;;) {
    // sync(room): seq_cst. The bit stands before we look again; the consumer looks at it after each
    //   `done`, and once more when it finds its lane empty.
    const std::uint32_t seen = space.or_seq_cst(kWaiting) | kWaiting;
    if (!is_full(segment, id)) return RoomWait::Retry;
    if (would_deadlock(segment, id, waiter)) {
      thread.count(Counter::WouldDeadlock);
      return RoomWait::WouldDeadlock;
    }
    const std::uint64_t now = now_ns();
    if (now >= deadline_ns) return RoomWait::Deadline;
    // crash(room_waiting): bit 0 stays set; the consumer then wakes nobody, once.
    crash_point("room_waiting");
    futex_wait(space, seen, std::min(deadline_ns, now + kWaitSlice_ns));
  }
}

}  // namespace buskin::shm
