// timing: the bounds that several parts of the admin's tick share.
//
// tick(now) of a part does what is due by now; next_ns(now) says when it wants to be called again.
#pragma once

#include <cstdint>
#include <limits>

namespace buskin::admin {

/// Nothing is due before a message or an event comes.
inline constexpr std::uint64_t kNever = std::numeric_limits<std::uint64_t>::max();
/// Between two looks at what ends without a word.
inline constexpr std::uint64_t kStep_ns = 2'000'000;

}  // namespace buskin::admin
