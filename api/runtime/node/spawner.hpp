// Spawner: starts actors that do not run in their creator's process.
//
// A base decides two things and nothing else: where the segment lies, and who starts
// a new actor. This is the second; a Node without a Spawner hosts every actor itself.
#pragma once

#include <optional>

#include "api/runtime/node/actor_spec.hpp"
#include "shm/actor/turn.hpp"

namespace buskin::runtime {

class Node;

class Spawner {
 public:
  virtual ~Spawner() = default;
  /// The slot is RESERVED by us and its spec is written. Afterwards it is REQUESTED, or an error says why not.
  virtual Status spawn(Node& node, shm::Thread& thread, shm::ActorId actor, const ActorSpec& spec) = 0;
  /// Whose mailbox prints the output lines of the actors that it starts. None: nobody's.
  virtual shm::ActorId output() const { return {}; }
  /// The request for a turn's journal, when it can be a message. None: spawn() follows the commit.
  virtual std::optional<shm::Staged> prepare(Node&, shm::Thread&, shm::ActorId) { return std::nullopt; }
};

}  // namespace buskin::runtime
