// spinning_gaps: how long the machine keeps a thread away that only reads the clock.
//
// No latency of a program can be better than these gaps, so its figures are read beside them.
#pragma once

#include "clock.hpp"
#include "histogram.hpp"

namespace support {

/// The time between two reads of the clock, for a thread that does nothing else for `length`.
inline Histogram spinning_gaps(std::chrono::milliseconds length) {
  Histogram gaps;
  const std::uint64_t end = now_ns() + static_cast<std::uint64_t>(std::chrono::nanoseconds(length).count());
  for (std::uint64_t last = now_ns(); last < end;) {
    const std::uint64_t now = now_ns();
    gaps.record(now - last);
    last = now;
  }
  return gaps;
}

}  // namespace support
