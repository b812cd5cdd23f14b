// ProcessEnd: how a process ended, as its parent or /proc said it.
#pragma once

#include <optional>
#include <string>

#include "api/runtime/recovery/members.hpp"

namespace buskin::runtime {

struct ProcessEnd {
  std::string sentence = "its process died";  ///< For the log and for parents of its actors.
  std::optional<int> exit_code{};             ///< It ended by itself; none: by a signal, or nobody knows.

  /// From the status that wait() returned.
  static ProcessEnd of_status(int status);
  /// From what /proc shows; unknown when its parent has waited for it already.
  static ProcessEnd look_at(const Known& known);
};

}  // namespace buskin::runtime
