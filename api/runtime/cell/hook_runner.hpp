// HookRunner: runs the code of an actor that handles no message: hooks, continuations, timers.
//
// It owns the instance and the endpoint that the instance acts through. A hook or a
// continuation is a turn without a message: what it saves is committed when it ends. What
// it sends leaves at once, in an actor of ExactlyOnce with that commit, or, without room,
// when there is some.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "api/runtime/cell/actor_endpoint.hpp"
#include "api/runtime/cell/instance.hpp"
#include "buskin/context.hpp"

namespace buskin::runtime {

/// How a step of an actor ended, and what that means for its life.
enum class Step : std::uint8_t {
  Idle,     ///< There was nothing to do.
  Worked,   ///< A turn is complete, or open.
  Started,  ///< The turn of the first hook is complete.
  Stopped,  ///< The turn of the last hook is complete.
  Failed,   ///< A turn failed, or was put off: see TurnRunner::take_failed().
};

/// Threads: the one that runs the actor.
class HookRunner {
 public:
  HookRunner(Node& node, shm::Thread& thread, shm::ActorId id, const detail::ActorInfo& info)
      : endpoint_(node, thread, id, info), context_(endpoint_), instance_(info) {}

  ActorEndpoint& endpoint() { return endpoint_; }
  const ActorEndpoint& endpoint() const { return endpoint_; }
  Instance& instance() { return instance_; }
  const Instance& instance() const { return instance_; }
  /// What the handlers and hooks of the instance get.
  Context& context() { return context_; }

  /// Makes a new object and runs its first hook: on_restart with the saved state when `is_again`, otherwise on_start.
  /// When it is ok and no message is in hand, finish() follows; when it has thrown, endpoint().undo_turn().
  Outcome begin_instance(std::span<const std::byte> init, bool is_again);
  /// The last hook, in a turn.
  Step stop();
  /// The same, before the next instance takes its place: what it sends leaves, and what it saves is dropped.
  Outcome stop_before_restart();
  /// The object ends, and what belongs to it alone. The ends of its ReplyTos answer what it owes. A destructor that
  /// throws ends it all the same.
  void end_instance();

  /// Asks on_save for the state, in the turn under way.
  void save_state();
  /// Commits the messages that are gathered. Idle: there are none. Failed: there is no memory, and they are put off.
  Step commit_group();

  /// The message in hand, handled, joins the group instead of being completed.
  Step gather(const shm::Hand& hand);
  /// The message in hand becomes a turn of its own, behind the group. Failed: it is put off with the group.
  Step leave_group(shm::LaneReader& reader, shm::Hand& hand);

  /// Runs the continuation of a request that has failed or timed out. Idle: there is none.
  Step finish_request();
  /// Runs the continuation of `request`, whose answer is `reply`, or its error.
  void run_continuation(Requests::Ended request, detail::LeasePtr reply);
  /// The continuation threw: the turn is undone, and the answers that it dropped are given as this error.
  void undo_continuation(const Outcome& outcome);
  /// Fires a timer that is due. Idle: none is.
  Step fire_timer();

  /// One line of the log for each exception that leaves code of the user: what ran, of which type, in which attempt.
  void log_throw(std::string_view event, std::string_view type, std::uint32_t attempt, const Outcome& outcome);

  /// The turn of a hook or a continuation is complete, or stays open until its sends have room.
  Step finish(After after);
  /// The turn under way stays open: some of its sends wait for room.
  Step open(const OpenTurn& turn);
  /// Does the open turn give way to an order that ends or renews the actor? Then it is undone, with its group: an
  /// actor of ExactlyOnce loses nothing of it, as its message is handled again, or returned by the end.
  bool gives_way();
  /// The turn under way has crashed, or its handler has thrown.
  Step fail(FailedTurn failed);
  /// The turn under way, with its group, has found no memory: it is undone, and begun again after a pause. It has a
  /// message of this lane in hand, or none.
  Step put_off(shm::Lane lane);

 private:
  Outcome run_on_stop();
  bool commit();
  void save_by_hook();
  void log_hook_threw(const char* hook, const Outcome& outcome);

  ActorEndpoint endpoint_;
  Context context_;
  Instance instance_;
};

}  // namespace buskin::runtime
