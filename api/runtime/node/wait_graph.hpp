// WaitGraph: which actors of this process's shared executors wait for room in the mailbox of which other actor.
//
// A thread that waits in place notes the edge in its thread record; these actors have no thread record of their own.
// A circle of actors that wait for each other is a deadlock when all their mailboxes are full.
#pragma once

#include <mutex>
#include <unordered_map>

#include "shm/actor/turn.hpp"

namespace buskin::runtime {

/// Threads: any.
class WaitGraph {
 public:
  explicit WaitGraph(const shm::Segment& segment) : segment_(&segment) {}

  /// `waiter` waits for room at `target`, in place of any other actor that it waited for.
  void add(shm::ActorId waiter, shm::ActorId target) {
    BUSKIN_CHECK(waiter != shm::ActorId{});
    const std::lock_guard lock(mutex_);
    edges_[waiter.word()] = target;
  }
  void remove(shm::ActorId waiter) {
    const std::lock_guard lock(mutex_);
    edges_.erase(waiter.word());
  }
  /// True when the edges lead from `target` back to `waiter`, and every mailbox on the way is full.
  bool is_circle(shm::ActorId waiter, shm::ActorId target) {
    const std::lock_guard lock(mutex_);
    shm::ActorId at = target;
    // Ends: after as many hops as there are edges: a circle without `waiter` would lead on for ever.
    for (std::size_t hops = 0; hops <= edges_.size(); ++hops) {
      if (shm::has_room(*segment_, at)) return false;
      if (at == waiter) return true;
      const auto edge = edges_.find(at.word());
      if (edge == edges_.end()) return false;
      at = edge->second;
    }
    return false;
  }

 private:
  const shm::Segment* segment_;
  std::mutex mutex_;
  std::unordered_map<std::uint64_t, shm::ActorId> edges_;
};

}  // namespace buskin::runtime
