// ProcessEnd: how a process ended, as its parent or /proc said it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "api/runtime/recovery/members.hpp"

namespace buskin::runtime {

/// Exit code of an actor process that could not host its actor: no memory, task or descriptor. It is not the actor's
/// fault, so it counts as no restart, and is tried again after kRefusedPause_ns. EX_TEMPFAIL of sysexits.h.
inline constexpr int kCouldNotHost = 75;
inline constexpr std::uint64_t kRefusedPause_ns = 500'000'000;

struct ProcessEnd {
  std::string sentence = "its process died";  ///< For the log and for parents of its actors.
  std::optional<int> exit_code{};             ///< It ended by itself; none: by a signal, or nobody knows.

  /// From the status that wait() returned.
  static ProcessEnd of_status(int status);
  /// From what /proc shows; unknown when its parent has waited for it already.
  static ProcessEnd look_at(const Known& known);
};

}  // namespace buskin::runtime
