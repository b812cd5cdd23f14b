// ActorRunner: runs an actor in this process, from its start to its end.
//
//   NotStarted -> Running -> Ending (waits for its children) -> Gone
//      ^             |
//      +-- AwaitsRestart (repaired after an injected crash, or an adoption that has to wait)
//      +-- AwaitsMemory  (its next instance found none for its first hook)
//
// An end is decided once: it stands in the slot before anything of it happens, and whatever crashes from then on, the
// actor ends, for the reason that was decided. on_stop runs once, and at most.
//
// In any of these a turn may be open: its handler has returned, and it waits for room at a
// receiver. A turn only says how it ended; what follows for the actor is decided here.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "api/runtime/cell/orders.hpp"
#include "api/runtime/cell/turn_runner.hpp"
#include "api/runtime/cell/verdict.hpp"
#include "shm/words/mailbox_words.hpp"

namespace buskin::runtime {

/// Threads: the one that runs the actor.
class ActorRunner {
 public:
  ActorRunner(Node& node, shm::Thread& thread, shm::ActorId id, const detail::ActorInfo& info, const ActorSpec& spec)
      : runner_(node, thread, id, info, spec) {}

  enum class Stage : std::uint8_t { NotStarted, Running, Ending, AwaitsRestart, AwaitsMemory, Gone };
  Stage stage() const { return stage_; }
  /// May it handle a message now?
  bool can_take() const { return stage_ == Stage::Running && !runner_.has_open_turn() && !is_paused(); }
  /// Does it not even take orders now?
  bool is_deaf() const { return stage_ == Stage::AwaitsRestart || stage_ == Stage::AwaitsMemory; }
  /// Is there an order in its slot that it can follow now? See shm/actor/slot_order.hpp.
  bool has_orders() { return can_take() && has_slot_orders(endpoint()); }
  ActorEndpoint& endpoint() { return runner_.endpoint(); }
  const ActorEndpoint& endpoint() const { return runner_.endpoint(); }

  /// Before the first step: the word by which senders wake the actor.
  void set_wake_target(shm::WakeWord wake) { wake_ = wake; }
  shm::WakeWord wake_target() const { return wake_; }
  /// Before the first step: the actor does not start, for this reason.
  void refuse_start(std::string_view reason);

  /// Does what is next. False: there is nothing to do now.
  bool step();
  /// When a step may find something to do without a message; kNever_ns for never.
  std::uint64_t due_ns();
  /// For a base without time: what waits for room, or for a restart, waits no longer. False: nothing waits.
  bool expire_waits();

 private:
  using Wish = ActorEndpoint::Wish;

  bool is_paused() const {
    const Holdings* const holdings = endpoint().holdings();
    return holdings != nullptr && holdings->pause.is_on();
  }
  bool follow(Step step);
  void grant(Wish wish);

  bool take_actor();
  void start();
  void adopt();
  void postpone_adoption();
  void finish_start();

  /// What is left after a failure: an instance that goes on, an actor that ends, or none that runs now.
  enum class Left : std::uint8_t { Instance, End, None };
  Step recover(const FailedTurn& failed);
  Left carry_out(const FailedTurn& failed);
  Left replace_instance(const ActorSpec& spec, Code why, const std::string& reason);
  Left renew_instance(const ActorSpec& spec);
  Left begin_instance(const ActorSpec& spec);
  Step begin_again(const FailedTurn& failed);
  bool begin_when_due();
  void restart_by_order();

  void crash(int signal);
  bool repair_turn();
  void wait_for_restart(const std::string& reason);
  bool restart_when_due();
  void drop_instance();

  void end_with(Code code, std::string_view reason);
  bool try_end();
  void finish_end();

  [[no_unique_address]] TurnRunner runner_;  // So that stage_ lies in its last word: a million cells are small.
  Stage stage_ = Stage::NotStarted;
  shm::WakeWord wake_{};
};

}  // namespace buskin::runtime
