// ActorTypes: the actor types that this program names, complete before main begins.
#pragma once

#include <cstdint>
#include <vector>

#include "buskin/detail/actor_info.hpp"

namespace buskin::inline v0::detail {

/// All of them, in the order of their ids. Threads: any, once main has begun.
const std::vector<const ActorInfo*>& actor_types();
/// Null when this program has no such type.
const ActorInfo* find_actor_type(std::uint64_t id);

}  // namespace buskin::v0::detail
