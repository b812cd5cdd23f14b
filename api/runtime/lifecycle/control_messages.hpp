// Control messages: what the runtime sends to an actor in its control lane. Nothing overtakes them there, and the
// handlers of the actor do not see them.
#pragma once

#include <cstdint>
#include <string_view>

namespace buskin::runtime {

/// The receiver restarts between two messages, because a sibling did; not when it has started after `at_ns` anyway.
struct RestartOrder {
  static constexpr std::string_view kName = "buskin.protocol.RestartOrder";
  std::uint64_t at_ns = 0;
};

/// A child that lives where its parent does has lost its process: the parent hosts it.
struct HostOrder {
  static constexpr std::string_view kName = "buskin.protocol.HostOrder";
  std::uint64_t child = 0;
};

}  // namespace buskin::runtime
