// TurnState: what is known of the turn under way, from its begin to its end.
//
// A turn handles a message, or runs a hook or a continuation. The state is replaced as a
// whole when a turn begins and when it ends, so that nothing of one turn is left in the
// next one.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>

#include "api/runtime/cell/owed_replies.hpp"
#include "shm/segment/counters.hpp"

namespace buskin::runtime {

class TurnState {
 public:
  /// The message in hand, as far as its turn depends on it.
  struct Message {
    std::uint64_t id = 0;
    Owed question{};           ///< Correlation 0: it asks nothing.
    std::uint32_t attempt = 1;
    bool is_exact = false;     ///< It and all that it causes are one transaction.
    std::uint64_t deadline_ns = 0;  ///< When it expires; 0: never.
  };

  /// Between two turns.
  TurnState() = default;
  /// A handler runs. The ids that it gives to requests and timers begin with `first_id`.
  static TurnState of_message(const Message& message, std::uint64_t first_id);
  /// A hook runs, or the continuation of a request without an answer. `stamp` names it; 0 for a hook.
  static TurnState of_hook(std::uint64_t stamp, std::uint64_t first_id, bool is_repeated);
  /// No handler runs: the message is counted as `fate`, and the notices about it leave when it is completed.
  static TurnState of_completion(shm::Counter fate, std::uint64_t first_id);

  /// A message that is sent now leaves when the turn commits.
  bool is_staging() const { return is_staging_; }
  /// From here on messages leave when the turn commits: none may overtake those that are staged already.
  void stage_from_here() { is_staging_ = true; }
  /// For the report of a loss, which must neither wait nor be undone. Returns the argument of resume_staging().
  bool pause_staging();
  void resume_staging(bool was_staging) { is_staging_ = was_staging; }
  /// The children and timers that the turn makes are one with it, besides what it sends.
  bool is_exact() const { return is_exact_; }
  /// It is not the first attempt.
  bool is_repeated() const { return is_repeated_; }
  /// Requests and timers of the turn have ids from here on.
  std::uint64_t first_id() const { return first_id_; }
  /// The counter of its message when that is completed.
  shm::Counter fate() const { return fate_; }
  void count_as(shm::Counter fate) { fate_ = fate; }

  /// What the turn has found no memory for. From then on nothing of it leaves.
  enum class Lack : std::uint8_t {
    None,
    Memory,   ///< It is undone, and begun again when there may be some.
    TooLarge  ///< It is larger than all the memory that there is: the turn fails.
  };
  Lack lack() const { return lack_; }
  /// Between two turns: nothing, as nothing can be undone.
  void lack(Lack what) {
    if (first_id_ != kNoTurn) lack_ = std::max(lack_, what);
  }

  /// The key of the next child without a name: the same in each attempt.
  std::uint64_t next_child_key(std::uint64_t actor_type);

  /// When the message in hand expires; 0: never.
  std::uint64_t deadline_ns() const { return deadline_ns_; }

  /// Does the sender of the message in hand wait for an answer that was neither given nor passed on?
  bool is_asked() const { return question_state_ == Question::Open; }
  bool owes(const Owed& reply) const { return is_asked() && question_ == reply; }
  /// Is this the question of the message in hand, whatever has become of it?
  bool has_question(const Owed& reply) const { return question_ == reply; }
  void answer(const Owed& reply) {
    if (owes(reply)) question_state_ = Question::Answered;
  }
  /// There was no memory for the answer that was just given: the message itself becomes it. False: it is another
  /// question's.
  bool answer_by_block(const Owed& reply) {
    if (question_state_ != Question::Answered || question_ != reply) return false;
    question_state_ = Question::ByBlock;
    return true;
  }
  bool is_answered_by_block() const { return question_state_ == Question::ByBlock; }
  /// The message goes on to another actor, and its question with it.
  void pass_on() {
    if (is_asked()) question_state_ = Question::PassedOn;
  }
  bool has_passed_on(const Owed& reply) const { return question_state_ == Question::PassedOn && question_ == reply; }
  /// The question becomes the caller's, which keeps it beyond the turn. Requires is_asked().
  Owed take_question();

 private:
  enum class Question : std::uint8_t { None, Open, Answered, ByBlock, PassedOn };

  static constexpr std::uint64_t kNoTurn = std::numeric_limits<std::uint64_t>::max();

  std::uint64_t stamp_ = 0;
  std::uint64_t first_id_ = kNoTurn;
  std::uint64_t deadline_ns_ = 0;
  Owed question_{};
  std::uint32_t children_ = 0;  // Made in this attempt.
  shm::Counter fate_ = shm::Counter::Handled;
  Question question_state_ = Question::None;
  Lack lack_ = Lack::None;
  bool is_staging_ = false;
  bool is_exact_ = false;
  bool is_repeated_ = false;
};

inline TurnState TurnState::of_message(const Message& message, std::uint64_t first_id) {
  TurnState turn;
  turn.stamp_ = message.id + 1;
  turn.first_id_ = first_id;
  turn.deadline_ns_ = message.deadline_ns;
  turn.question_ = message.question;
  turn.question_state_ = message.question.correlation != 0 ? Question::Open : Question::None;
  turn.is_staging_ = message.is_exact;
  turn.is_exact_ = message.is_exact;
  turn.is_repeated_ = message.attempt > 1;
  return turn;
}

inline TurnState TurnState::of_hook(std::uint64_t stamp, std::uint64_t first_id, bool is_repeated) {
  TurnState turn;
  turn.stamp_ = stamp;
  turn.first_id_ = first_id;
  turn.is_repeated_ = is_repeated;
  return turn;
}

inline TurnState TurnState::of_completion(shm::Counter fate, std::uint64_t first_id) {
  TurnState turn;
  turn.first_id_ = first_id;
  turn.fate_ = fate;
  turn.is_staging_ = true;
  return turn;
}

}  // namespace buskin::runtime
