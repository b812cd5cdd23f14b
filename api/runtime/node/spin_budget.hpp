// SpinBudget: how long a thread looks for work before it sleeps: longer where looking has paid.
#pragma once

#include <algorithm>
#include <cstdint>

#include "shm/base/clock.hpp"

namespace buskin::runtime {

class SpinBudget {
 public:
  /// Looks until `found()` or the budget is used up. True when it found something.
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
  /// After the sleep that followed: would looking longer have paid?
  void slept() {
    const bool was_short = shm::now_ns() - start_ns_ < kMost_ns;
    budget_ns_ = was_short ? kMost_ns : std::max(budget_ns_ / 2, kLeast_ns);
  }

 private:
  static constexpr int kLooksPerTime = 32;
  static constexpr std::uint64_t kLeast_ns = 4'000;
  // Longer than two wake-ups. Of two that ask each other, each would else fall asleep while the other
  // wakes, and for ever: what it saw as the gap was its peer's wake-up.
  static constexpr std::uint64_t kMost_ns = 100'000;
  std::uint64_t budget_ns_ = kMost_ns;
  std::uint64_t start_ns_ = 0;
};

}  // namespace buskin::runtime
