// deadline: when a time that begins now is over.
#pragma once

#include <cstdint>

#include "buskin/options.hpp"
#include "shm/base/clock.hpp"

namespace buskin::runtime {

/// A negative time is over now.
inline std::uint64_t positive(Duration time) {
  return time.count() > 0 ? static_cast<std::uint64_t>(time.count()) : 0;
}
inline std::uint64_t deadline_after(Duration time) { return shm::now_ns() + positive(time); }

}  // namespace buskin::runtime
