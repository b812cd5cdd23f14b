// thread_facts: what a thread record says about its thread.
#pragma once

#include <optional>

#include "shm/segment/segment.hpp"

namespace buskin::shm {

/// A thread waits for room in the mailbox of `target`.
struct RoomWaitFact {
  ActorId target{};
  std::uint64_t since_ns = 0;
};

/// The wait of the thread that waits on behalf of `waiter`. Cost: a look at each thread record that was ever used.
inline std::optional<RoomWaitFact> room_wait_of(const Segment& segment, ActorId waiter) {
  for (std::uint64_t i = 1; i < segment.layout().count_of(Table::Threads); ++i) {
    if (!segment.is_backed(Table::Threads, i)) continue;
    const WaitEdge& edge = segment.thread(static_cast<ThreadIndex>(i)).wait;
    // relaxed: only shown; it may be another wait the next moment.
    const ActorId target = ActorId::from_word(edge.target.load_relaxed());
    if (target == ActorId{} || edge.waiter.load_relaxed() != waiter.word()) continue;  // relaxed: as above.
    return RoomWaitFact{target, edge.since_ns.load_relaxed()};  // relaxed: as above.
  }
  return std::nullopt;
}

}  // namespace buskin::shm
