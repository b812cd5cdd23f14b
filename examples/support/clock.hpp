// clock: the time in nanoseconds, by the clock that all processes of a machine share.
#pragma once

#include <chrono>
#include <cstdint>

namespace support {

using Clock = std::chrono::steady_clock;

inline std::uint64_t now_ns() { return static_cast<std::uint64_t>(Clock::now().time_since_epoch().count()); }

}  // namespace support
