// Addresses: the two forms of an actor's address: the user's, which names the system, and the segment's.
#pragma once

#include "buskin/address.hpp"
#include "shm/segment/segment.hpp"

namespace buskin::runtime {

inline Address address_in(std::uint64_t system_id, shm::ActorId id) {
  if (id.index == shm::ActorIndex::None) return {};
  return {system_id, static_cast<std::uint32_t>(id.index), id.gen};
}
inline Address address_in(const shm::Segment& segment, shm::ActorId id) { return address_in(segment.system_id(), id); }

/// Does not compare the system. The mailbox says whether the actor is still there.
inline shm::ActorId actor_at(const Address& address) {
  return {static_cast<shm::ActorIndex>(address.index()), address.generation()};
}

}  // namespace buskin::runtime
