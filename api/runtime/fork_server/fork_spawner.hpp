// ForkSpawner: asks the admin for a process in which an actor can live.
#pragma once

#include "api/runtime/node/node.hpp"

namespace buskin::runtime {

class ForkSpawner final : public Spawner {
 public:
  /// Lines that new actors print go to this mailbox; without one they go only to the log.
  explicit ForkSpawner(shm::ActorId output = {}) : output_(output) {}
  /// Before the first spawn().
  void set_output(shm::ActorId output) { output_ = output; }

  Status spawn(Node& node, shm::Thread& thread, shm::ActorId actor, const ActorSpec& spec) override;
  shm::ActorId output() const override { return output_; }
  std::optional<shm::Staged> prepare(Node& node, shm::Thread& thread, shm::ActorId actor) override;

 private:
  shm::ActorId output_;
};

}  // namespace buskin::runtime
