// Orders: what the runtime says to an actor, in its control lane: nothing overtakes it, and nobody else reads it.
#pragma once

#include <cstdint>
#include <string_view>

namespace buskin::runtime {

/// Begin anew between two messages, because a sibling did; unless you have begun after `at_ns` anyway.
struct RestartOrder {
  static constexpr std::string_view kName = "buskin.RestartOrder";
  std::uint64_t at_ns = 0;
};

/// A child that lives where its parent does has lost its process: host it.
struct HostOrder {
  static constexpr std::string_view kName = "buskin.HostOrder";
  std::uint64_t child = 0;
};

}  // namespace buskin::runtime
