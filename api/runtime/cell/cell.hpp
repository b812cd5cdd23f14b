// Cell: an actor as the executors see it: something that is run in slices, and sleeps in between.
//
//   Cell            slices, sleep, and the thread that senders wake
//     ActorRunner     start, restarts, end
//       TurnRunner      messages: begin, take, attempt, dispatch, finish
//         HookRunner      hooks, continuations, timers; the instance
//           ActorEndpoint   what a turn can do; what the actor holds beyond it
//
// Each has what stands below it, and asks nothing of what stands above. It runs one turn
// at a time, by one thread at a time. It is small while it is idle: a million of them fit.
#pragma once

#include <cstdint>
#include <string_view>

#include "api/runtime/cell/actor_runner.hpp"
#include "api/runtime/node/spin_budget.hpp"
#include "shm/base/run_claim.hpp"

namespace buskin::runtime {

class Cell {
 public:
  Cell(Node& node, shm::Thread& thread, shm::ActorId id, const detail::ActorInfo& info, const ActorSpec& spec)
      : runner_(node, thread, id, info, spec) {}

  /// What the executor has to do after a slice.
  struct Next {
    enum class What : std::uint8_t { Again, Sleep, Gone } what{};
    bool has_worked = false;
    std::uint64_t at_ns = 0;  ///< Sleep: not longer than until then.
  };
  /// Does at most `steps_max` things. For executors that run many cells; `thread` is the caller's.
  Next slice(shm::Thread& thread, std::uint32_t steps_max);
  /// Runs until it is gone, and sleeps when idle. For a thread of its own.
  void run(shm::Thread& thread, Idle idle);

  /// Before the first slice: the word by which senders wake it.
  void set_wake_target(shm::WakeWord wake) { runner_.set_wake_target(wake); }
  /// Before the first slice: it does not start, for this reason.
  void refuse_start(std::string_view reason) { runner_.refuse_start(reason); }
  /// For an executor without time: what waits in this cell waits no longer. False: nothing waits.
  bool expire_waits() { return runner_.expire_waits(); }

  shm::ActorId id() const { return runner_.endpoint().id(); }
  /// Its bit in the ready map of the process, as set_wake_target() named it.
  std::uint32_t bit() const { return runner_.wake_target().bit; }

  /// For the executor: does a thread run this cell?
  shm::RunClaim& claim() { return claim_; }

 private:
  void enter(shm::Thread& thread);
  Next rest(bool has_worked);
  void idle(Idle idle, SpinBudget& spin);

  [[no_unique_address]] ActorRunner runner_;  // So that claim_ lies in its last word.
  shm::RunClaim claim_;
};

}  // namespace buskin::runtime
