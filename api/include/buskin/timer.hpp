// Timer: TimerId names a timer of an actor: context.after, every, at and cancel.
#pragma once

#include <cstddef>
#include <cstdint>

namespace buskin::inline v0 {

/// Plain data: it may be saved. None names nothing: cancelling it has no effect.
enum class TimerId : std::uint64_t { None = 0 };

/// Timers that an actor may have at a time. Setting one more gives TimerId::None, and is logged.
inline constexpr std::size_t kTimersMax = 4'096;

}  // namespace buskin::v0
