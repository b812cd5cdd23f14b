// create: makes a new actor: its slot, its name, its spec, and the request to the process that hosts it.
#pragma once

#include <cstdint>

#include "api/runtime/node/actor_spec.hpp"
#include "api/runtime/node/node.hpp"
#include "buskin/detail/actor_info.hpp"
#include "buskin/error.hpp"

namespace buskin::runtime {

/// The creator of an actor, and what the actor is to it.
struct Creation {
  Node& node;
  shm::Thread& thread;
  shm::ActorId creator{};
  shm::ActorId parent{};           ///< None: a top-level actor.
  std::uint64_t key = 0;           ///< By which the parent finds the child again; 0 without a parent.
  std::uint32_t parent_flags = 0;  ///< Bits of SlotFlag for what the parent wants of its children.
};

/// Reserves the slot, takes the name and writes the spec. The address is there, messages for it wait, and no host is
/// asked. Codes: BadOption, BadName, NameTaken, TimedOut, NoMemory, Forked.
Result<shm::ActorId> reserve_actor_slot(const Creation& creation, const detail::ActorInfo& actor, ActorSpec& spec);

/// The same, and asks for the host that starts it. Codes: those, and those of Node::start_actor().
Result<shm::ActorId> create_actor(const Creation& creation, const detail::ActorInfo& actor, ActorSpec& spec);

/// Ends an actor that no host has started.
void abandon_actor(shm::Thread& thread, shm::ActorId actor);

}  // namespace buskin::runtime
