// SpinBudget: how long a thread looks for work before it sleeps. It looks longer where looking has paid.
#pragma once

#include <algorithm>
#include <cstdint>

#include "shm/base/clock.hpp"

namespace buskin::runtime {

class SpinBudget {
 public:
  /// Calls `found()` until it returns true or the budget is used up. Returns what `found()` returned last.
  template <class Found>
  bool look(Found found) {
    start_ns_ = shm::now_ns();
    // Ends: found, or the budget is used up.
    for (;;) {
      for (int i = 0; i < kLooksPerTime; ++i) {
        if (found()) return true;
        __builtin_ia32_pause();
      }
      if (shm::now_ns() - start_ns_ >= budget_ns_) return false;
    }
  }
  /// To be called after a sleep: gives the next look the largest budget when so little time has passed since the last
  /// look began that it would have found the work, and half of the present budget otherwise.
  void slept() {
    const bool was_short = shm::now_ns() - start_ns_ < kMost_ns;
    budget_ns_ = was_short ? kMost_ns : std::max(budget_ns_ / 2, kLeast_ns);
  }
  std::uint64_t budget_ns() const { return budget_ns_; }

  static constexpr std::uint64_t kLeast_ns = 4'000;
  // Longer than two wake-ups. With less, two actors that ask each other would both keep sleeping: each would take the
  // time in which the other wakes up for the usual time between two messages.
  static constexpr std::uint64_t kMost_ns = 100'000;

 private:
  static constexpr int kLooksPerTime = 32;

  std::uint64_t budget_ns_ = kMost_ns;
  std::uint64_t start_ns_ = 0;
};

}  // namespace buskin::runtime
