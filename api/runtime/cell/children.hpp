// Children: the children of one actor whose end it has not seen.
//
// A child is known from create() on, before a process is asked to start it, and until
// ChildActorExited comes. Its key says which create() made it, so that a turn that runs
// again finds the child that it made before. When the actor ends, it asks its children
// to end first, and waits until each is gone.
#pragma once

#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

#include "shm/actor/actors.hpp"

namespace buskin::runtime {

/// Threads: the one that runs the actor.
class Children {
 public:
  bool is_empty() const { return children_.empty(); }
  bool has(shm::ActorId child) const;
  /// The child that the create() of this key made.
  std::optional<shm::ActorId> find(std::uint64_t key) const;
  std::vector<shm::ActorId> list() const;

  void add(shm::ActorId child, std::uint64_t key);
  /// No effect when it is not a child.
  void remove(shm::ActorId child);
  /// Adds those whose parent is `parent`, as the segment says. For a successor of an instance that died.
  void adopt(const shm::Segment& segment, shm::ActorId parent);

  // The actor ends.
  /// The children that were not returned before: each is to be told to end, once.
  std::vector<shm::ActorId> take_untold();
  /// A child that is not gone; those that are gone are forgotten. Requires that all were told.
  std::optional<shm::ActorId> next_alive(const shm::Segment& segment);
  /// Makes those that live top-level actors and forgets all.
  void release(shm::Segment& segment);

 private:
  struct Child {
    std::uint32_t gen;
    bool is_told;  // That it shall end.
    std::uint64_t key;
  };

  std::unordered_map<std::uint32_t, Child> children_;  // By the index of the slot.
};

}  // namespace buskin::runtime
