// clock: nanoseconds since boot, the one clock of shared memory.
//
// It is monotonic, and the same for every process of a host, so that deadlines may be
// compared across processes. A look costs about 20 ns: too much for every message.
#pragma once

#include <ctime>

#include <cstdint>
#include <limits>

namespace buskin::shm {

/// A time that never comes: there is no deadline, or nothing is due.
inline constexpr std::uint64_t kNever_ns = std::numeric_limits<std::uint64_t>::max();

inline std::uint64_t now_ns() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000u +
         static_cast<std::uint64_t>(now.tv_nsec);
}

/// The time of the last tick of the kernel, some milliseconds old at most. A look costs about 4 ns.
inline std::uint64_t coarse_now_ns() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000u + static_cast<std::uint64_t>(now.tv_nsec);
}

}  // namespace buskin::shm
