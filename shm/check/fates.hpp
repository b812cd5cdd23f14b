// Fates: every message that was accepted has one, and the counters say which.
//
//   accepted = waiting + completed          positions in the lanes, ever
//   completed = handled + poison + lost_in_hand + overrun + late_reply + stale_reply
//               + dead_letter.expired + `buried` + unread, but for `uncounted`
//
// A message is completed, then counted. So a thread that dies between the two
// leaves at most what it completes at once uncounted, and its repairer widens the
// bound by that. More counts than messages are never right.
//
// It holds where all consumers are the runtime's.
#pragma once

#include <functional>
#include <string>

#include "shm/segment/counters.hpp"
#include "shm/segment/segment.hpp"

namespace buskin::shm {

struct FateSums {
  std::uint64_t completed = 0;
  std::uint64_t waiting = 0;
  std::uint64_t counted = 0;
  std::uint64_t uncounted_max = 0;

  friend constexpr bool operator==(const FateSums&, const FateSums&) = default;
};

/// `is_alive`: what the kernel says; the records of dead processes that are not repaired widen the bound.
using IsAlive = std::function<bool(ProcessIndex)>;
FateSums sum_fates(const Segment& segment, const IsAlive& is_alive);

struct FateReport {
  FateSums sums;
  bool is_steady = false;  ///< No thread worked while we looked; otherwise nothing is judged.
  std::string finding;     ///< A sentence; empty when all is well.
};

/// Looks until the same sums are seen several times in a row, but not for long.
FateReport check_fates(const Segment& segment, const IsAlive& is_alive);

}  // namespace buskin::shm
