// ForkSpawner: asks the admin for a process in which an actor can live.
#pragma once

#include "api/runtime/node/node.hpp"

namespace buskin::runtime {

class ForkSpawner final : public Spawner {
 public:
  /// The client with this word of a MemberId shows what new actors print; 0: only the log does.
  explicit ForkSpawner(std::uint64_t console = 0) : console_(console) {}
  /// Before the first spawn().
  void set_console(std::uint64_t console) { console_ = console; }

  Status spawn(Node& node, shm::Thread& thread, shm::ActorId actor, const ActorSpec& spec) override;
  std::uint64_t console() const override { return console_; }
  std::optional<shm::Staged> prepare(Node& node, shm::Thread& thread, shm::ActorId actor) override;

 private:
  std::uint64_t console_;
};

}  // namespace buskin::runtime
