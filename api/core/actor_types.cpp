// ActorTypes: the actor types that this program names, complete before main begins.
#include "api/core/actor_types.hpp"

#include <algorithm>

namespace buskin::inline v0::detail {

namespace {

std::vector<const ActorInfo*>& mutable_types() {
  static std::vector<const ActorInfo*> types;
  return types;
}

}  // namespace

const std::vector<const ActorInfo*>& actor_types() { return mutable_types(); }

const ActorInfo* find_actor_type(std::uint64_t id) {
  for (const ActorInfo* const info : actor_types()) {
    if (info->id == id) return info;
  }
  return nullptr;
}

void register_actor(const ActorInfo& info) {
  std::vector<const ActorInfo*>& types = mutable_types();
  const auto after = std::find_if(types.begin(), types.end(),
                                  [&](const ActorInfo* other) { return other->id >= info.id; });
  if (after != types.end() && (*after)->id == info.id) return;
  types.insert(after, &info);
}

}  // namespace buskin::v0::detail
