// Costs: wake-ups and waits per message of a row, from the segment's counters.
//
// The measured actors use public headers only; this reads beside them what every
// tool can read. A base that lives in one process has a segment without a name: nothing is read there.
#pragma once

#include <optional>
#include <string>

#include "api/runtime/launch/paths.hpp"
#include "shm/segment/counters.hpp"

namespace measured {

struct Costs {
  double wakes = 0;  ///< futex_wake calls per message sent.
  double waits = 0;  ///< futex_wait calls per message sent.
};

class CostMeter {
 public:
  /// Errors: none; it has no costs to tell when the segment cannot be mapped.
  CostMeter(const std::string& system, bool is_named) {
    if (!is_named) return;
    auto attached = buskin::shm::Segment::attach(buskin::runtime::paths_of(system).segment);
    if (attached.ok()) segment_.emplace(std::move(attached).value());
  }

  void start() {
    if (segment_) before_ = buskin::shm::total_counters(*segment_);
  }
  std::optional<Costs> since_start() const {
    using buskin::shm::Counter;
    if (!segment_) return {};
    const auto after = buskin::shm::total_counters(*segment_);
    const auto grown = [&](Counter counter) {
      const auto i = static_cast<std::size_t>(counter);
      return static_cast<double>(after[i]) - static_cast<double>(before_[i]);
    };
    const double sent = grown(Counter::Sent) > 0 ? grown(Counter::Sent) : 1;
    return Costs{grown(Counter::Wakes) / sent, grown(Counter::Sleeps) / sent};
  }

 private:
  std::optional<buskin::shm::Segment> segment_;
  buskin::shm::CounterTotals before_{};
};

}  // namespace measured
