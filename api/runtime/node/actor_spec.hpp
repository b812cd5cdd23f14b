// ActorSpec: what an actor is made from, kept in the segment as long as the actor lives.
//
// The slot names a SAVED block with type, options and Init message. So a process that starts the actor, for the first
// time or after a crash, needs nothing but its ActorId.
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
  std::uint64_t program = 0;    ///< Key of the program that created it; 0: any program that has the type.
  CreateOptions options;
  std::uint64_t correlation = 0;  ///< What the ActorCreated or RequestFailed to the creator carries; 0: none is sent.
  std::uint64_t creator = 0;      ///< ActorId of the mailbox that gets it.
  std::uint64_t console = 0;      ///< MemberId of the client that shows the actor's output; 0 for none.
  std::uint64_t message_max = 0;  ///< The creator's limit, which holds in the actor's process too.
  std::uint64_t member = 0;       ///< The creator's process: shm::MemberId::word().
  std::vector<std::byte> init;    ///< Bytes of the Init message.
};

/// Writes `spec`, which passes check_options(), into a block HELD by `thread`. The caller gives it to the actor.
shm::Result<shm::Handle, shm::MemoryError> write_spec(shm::Thread& thread, shm::ActorId actor, const ActorSpec& spec);

/// Reads the spec of `actor`. False when it has none or is gone, and when the bytes are damaged; then `spec`
/// stays as it is.
bool read_spec(const shm::Segment& segment, shm::ActorId actor, ActorSpec& spec);

}  // namespace buskin::runtime
