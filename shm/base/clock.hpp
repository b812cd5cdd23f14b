// now_ns: the one clock of the lower floors, nanoseconds since boot.
//
// Monotonic, and the same for every process of a host, so that deadlines may be
// compared across processes. Costs about 20 ns; not for every message.
#pragma once

#include <ctime>

#include <cstdint>

namespace buskin::shm {

inline std::uint64_t now_ns() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000u +
         static_cast<std::uint64_t>(now.tv_nsec);
}

}  // namespace buskin::shm
