// ActorSpec: what an actor is made from, kept in the segment as long as it lives.
//
// A SAVED block named by the slot: options, type and Init message. Whoever
// starts the actor, first or after a crash, needs nothing but its ActorId.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "buskin/detail/actor_info.hpp"
#include "shm/actor/actors.hpp"

namespace buskin::runtime {

struct ActorSpec {
  std::uint64_t type_id = 0;    ///< ActorInfo::id.
  std::string type_name;
  std::uint64_t program = 0;    ///< Build id hash of the program that asked; 0 for any that has the type.
  CreateOptions options;
  std::uint64_t correlation = 0;  ///< The creator waits for ActorCreated or RequestFailed under it; 0: it does not.
  std::uint64_t creator = 0;      ///< ActorId of the mailbox that waits for it.
  std::uint64_t output = 0;       ///< ActorId of the mailbox that prints what it prints; 0: nobody's.
  std::uint64_t message_max = 0;  ///< The creator's limit, which is its process's too.
  std::uint64_t member = 0;       ///< The creator's process: its entry, and the entry's generation above.
  std::vector<std::byte> init;    ///< Bytes of the Init message.
};

/// Writes `spec` into a block HELD by `thread`; the caller names it in the slot and makes it SAVED.
shm::Result<shm::Handle, shm::MemoryError> write_spec(shm::Thread& thread, shm::ActorId actor, const ActorSpec& spec);

/// Reads the spec of `actor`. False when it has none or is gone.
bool read_spec(const shm::Segment& segment, shm::ActorId actor, ActorSpec& spec);

}  // namespace buskin::runtime
