// TurnRunner: a message of one actor, from the hand to its completion.
//
//   begin -> handler -> complete            what it sent went out at once
//   begin -> handler -> commit              some of it was staged, or a state saved
//   begin -> handler -> open ... commit     some receiver had no room yet
//   begin -> handler -> gather ... commit   the message is one of a group
//   begin -> handler throws -> charge       then again, or PoisonMessage
//   begin -> no memory -> undone            again after a pause, uncharged
//
// Invariants
//   I1  One turn at a time: none begins while one is open.
//   I2  A message is completed alone or with its group, never past a group that is open.
#pragma once

#include <cstdint>

#include "api/runtime/cell/hook_runner.hpp"
#include "api/runtime/cell/latest_messages.hpp"
#include "api/runtime/node/actor_spec.hpp"

namespace buskin::runtime {

/// Threads: the one that runs the actor.
class TurnRunner {
 public:
  TurnRunner(Node& node, shm::Thread& thread, shm::ActorId id, const detail::ActorInfo& info, const ActorSpec& spec);

  HookRunner& hooks() { return hooks_; }
  ActorEndpoint& endpoint() { return hooks_.endpoint(); }
  const ActorEndpoint& endpoint() const { return hooks_.endpoint(); }

  /// Does a turn wait for room? Then settle() comes before anything else.
  bool has_open_turn() const { return endpoint().is_active() && endpoint().active().open.has_value(); }
  /// Does the next thing that is there to do: a request or timer that is due, a message. Idle: there is none.
  Step serve();
  /// Looks once more for room for the turn that is open. Idle: there is none.
  Step settle();

  // After Step::Failed.
  FailedTurn take_failed();
  /// Handles the message once more that the failed turn has left in hand.
  Step try_again(const FailedTurn& failed);
  /// The message is handled no more: its sender gets PoisonMessage.
  Step give_up(const FailedTurn& failed);

 private:
  bool is_awaiting();
  Step look_around();
  Step take(shm::LaneReader& reader);
  Step attempt(shm::LaneReader& reader, const shm::Hand& hand);
  void begin_turn(shm::Lane lane, const detail::Incoming& delivery);
  bool dispatch(shm::Lane lane, detail::Incoming& delivery);
  bool handle_message(detail::Incoming& delivery);
  void handle_reply(detail::Incoming& delivery);
  Step finish(shm::LaneReader& reader, const shm::Hand& hand);
  Step complete(shm::LaneReader& reader, const shm::Hand& hand);
  Step lack(shm::LaneReader& reader, const shm::Hand& hand);
  Step fail_answer(shm::LaneReader& reader, const shm::Hand& hand);
  Step give_back(shm::LaneReader& reader, const shm::Hand& hand);
  Step leave_open(shm::LaneReader& reader, shm::Hand hand);

  Step fail(shm::LaneReader& reader, shm::Hand hand, const detail::Incoming& delivery, Outcome outcome);
  Step fail_continuation(shm::LaneReader& reader, const shm::Hand& hand, Outcome outcome);
  Step give_up(shm::LaneReader& reader, const shm::Hand& hand, const Outcome& outcome);
  void lose(shm::LaneReader& reader, const shm::Hand& hand, const detail::Incoming& delivery);
  Step expire(shm::LaneReader& reader, const shm::Hand& hand, const detail::Incoming& delivery);
  bool report_unhandled(const detail::Incoming& delivery, Code code);
  bool has_used_attempts(const shm::Hand& hand) const;
  bool is_lossy(shm::Lane lane) const;
  Step skip_overrun(shm::LaneReader& reader);
  bool is_paused();

  HookRunner hooks_;
  LatestMessages latest_;
  std::uint8_t attempts_max_;
  std::uint8_t kills_max_;
};

}  // namespace buskin::runtime
