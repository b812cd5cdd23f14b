// WaitGraph: which actors of this process's shared executors wait for room at which.
//
// They have no thread record of their own in which the edge could stand, as a
// thread that waits in place has. A circle is found when all its mailboxes are full.
#pragma once

#include <mutex>
#include <unordered_map>

#include "shm/actor/turn.hpp"

namespace buskin::runtime {

/// Threads: any.
class WaitGraph {
 public:
  explicit WaitGraph(const shm::Segment& segment) : segment_(&segment) {}

  void add(shm::ActorId waiter, shm::ActorId target) {
    const std::lock_guard lock(mutex_);
    edges_[waiter.word()] = target;
  }
  void remove(shm::ActorId waiter) {
    const std::lock_guard lock(mutex_);
    edges_.erase(waiter.word());
  }
  /// Does the way from `target` lead back to `waiter`, and is there no room on all of it?
  bool is_circle(shm::ActorId waiter, shm::ActorId target) {
    const std::lock_guard lock(mutex_);
    shm::ActorId at = target;
    // Ends: after as many hops as there are edges, at the latest.
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
