// Registry: the actor types that this program names, complete before main begins.
//
// Floor: core.
#include <algorithm>
#include <vector>

#include "buskin/detail/actor_info.hpp"

namespace buskin::inline v0::detail {

std::vector<const ActorInfo*>& actor_registry() {
  static std::vector<const ActorInfo*> registry;
  return registry;
}

void register_actor(const ActorInfo& info) {
  std::vector<const ActorInfo*>& registry = actor_registry();
  const auto after = std::find_if(registry.begin(), registry.end(),
                                  [&](const ActorInfo* other) { return other->id >= info.id; });
  if (after != registry.end() && (*after)->id == info.id) return;
  registry.insert(after, &info);
}

}  // namespace buskin::v0::detail
