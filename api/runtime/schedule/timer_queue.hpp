// TimerQueue: the times at which cells want to be run again.
//
// An entry stays until its time, even when the cell has run before then: the executor then looks at the cell once too
// often, which costs less than finding the entry.
#pragma once

#include <mutex>
#include <queue>
#include <vector>

#include "shm/base/atomic.hpp"
#include "shm/base/clock.hpp"

namespace buskin::runtime {

/// Threads: any.
class TimerQueue {
 public:
  /// True when this entry is due before all others: a thread that sleeps until the earlier first entry must be woken.
  bool add(std::uint64_t at_ns, std::uint32_t bit) {
    const std::lock_guard lock(mutex_);
    const bool is_first = queue_.empty() || at_ns < queue_.top().at_ns;
    queue_.push({at_ns, bit});
    // relaxed: a hint for next_ns(); the caller wakes the sleeping thread after it.
    next_ns_.store_relaxed(queue_.top().at_ns);
    return is_first;
  }
  /// Appends the bits whose time has come.
  void take(std::uint64_t now_ns, std::vector<std::uint32_t>& bits) {
    const std::lock_guard lock(mutex_);
    for (; !queue_.empty() && queue_.top().at_ns <= now_ns; queue_.pop()) bits.push_back(queue_.top().bit);
    next_ns_.store_relaxed(queue_.empty() ? shm::kNever_ns : queue_.top().at_ns);  // relaxed: a hint for next_ns().
  }
  /// The time of the first entry; kNever_ns when there is none.
  std::uint64_t next_ns() const { return next_ns_.load_relaxed(); }  // relaxed: add() wakes a sleeper of the old time.

 private:
  struct Entry {
    std::uint64_t at_ns;
    std::uint32_t bit;
    bool operator<(const Entry& other) const { return at_ns > other.at_ns; }  // The earliest on top.
  };
  std::mutex mutex_;
  std::priority_queue<Entry> queue_;
  shm::Atomic<std::uint64_t> next_ns_{shm::kNever_ns};
};

}  // namespace buskin::runtime
