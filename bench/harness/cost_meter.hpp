// CostMeter: wake-ups and waits per message of a row, from the segment's counters.
//
// The measured actors use public headers only; the meter reads beside them what every tool can read. A base that
// lives in one process has a segment without a name, which cannot be mapped a second time: its rows have no costs.
#pragma once

#include <optional>
#include <string>

#include "shm/segment/counters.hpp"
#include "shm/segment/read_only_segment.hpp"

namespace bench {

struct Costs {
  double wakes = 0;  ///< futex_wake calls per message sent.
  double waits = 0;  ///< futex_wait calls per message sent.
};

class CostMeter {
 public:
  /// `is_named`: the segment of `system` has a name. Without one, or when it cannot be mapped, there are no costs.
  CostMeter(const std::string& system, bool is_named);

  void start();
  /// None when the segment is not mapped.
  std::optional<Costs> since_start() const;

 private:
  std::optional<buskin::shm::ReadOnlySegment> segment_;
  buskin::shm::CounterTotals before_{};
};

}  // namespace bench
