// ActorCreated: the reply to a `create` that waits: the actor has started.
#pragma once

#include <string_view>

#include "buskin/address.hpp"

namespace buskin::runtime {

struct ActorCreated {
  static constexpr std::string_view kName = "buskin.protocol.ActorCreated";
  Address actor;
};

}  // namespace buskin::runtime
