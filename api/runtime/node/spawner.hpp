// Spawner: starts actors that do not run in their creator's process.
//
// A base decides only where the segment lies and how a new actor is started. A Spawner is the second decision; a Node
// without a Spawner hosts every actor itself.
#pragma once

#include <optional>

#include "api/runtime/node/actor_spec.hpp"
#include "shm/actor/turn.hpp"

namespace buskin::runtime {

class Node;

class Spawner {
 public:
  virtual ~Spawner() = default;
  /// Asks for the start of an actor whose slot is REQUESTED by this process and has its spec. An error says why it
  /// was not asked for.
  virtual Status spawn(Node& node, shm::Thread& thread, shm::ActorId actor, const ActorSpec& spec) = 0;
  /// The client that shows the output of the actors that it starts, as the word of its MemberId; 0 for none.
  virtual std::uint64_t console() const { return 0; }
  /// The request as an entry of a turn's journal, when it can be a message. None: the caller calls spawn() after the
  /// commit.
  virtual std::optional<shm::Staged> prepare(Node&, shm::Thread&, shm::ActorId) { return std::nullopt; }
};

}  // namespace buskin::runtime
