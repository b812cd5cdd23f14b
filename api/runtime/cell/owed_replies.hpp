// OwedReplies: the answers that an actor owes beyond the turn of the question.
//
// Each stands in a row of the segment from the end of that turn on, so that the repairer
// answers when this process dies. A row ends together with its answer
// (shm/actor/replies.hpp).
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <optional>

#include "buskin/address.hpp"
#include "shm/actor/replies.hpp"

namespace buskin::runtime {

/// A request that an actor has to answer.
struct Owed {
  std::uint64_t asker = 0;        ///< ActorId.
  std::uint64_t correlation = 0;  ///< 0: nobody waits.

  friend constexpr auto operator<=>(const Owed&, const Owed&) = default;
};

inline Owed owed_to(Address asker, std::uint64_t correlation) {
  return {std::uint64_t{asker.index()} | std::uint64_t{asker.generation()} << 32, correlation};
}

/// Threads: the one that runs the actor.
class OwedReplies {
 public:
  bool is_empty() const { return rows_.empty(); }

  /// Writes down that `keeper` owes an answer to `owed`, which came as its message `message`. When the table is
  /// full the answer is owed all the same, but the asker of a keeper that dies waits for its deadline.
  void keep(shm::Thread& thread, shm::ActorId keeper, std::uint64_t message, const Owed& owed);
  /// The row of a reply that was taken and is still owed. Returns it.
  Owed restore(const shm::Segment& segment, shm::ReplyIndex row);
  /// The row of `owed`, which the caller ends with the answer.
  std::optional<shm::ReplyIndex> take(const Owed& owed);

  /// Answers each with actor_restarted: a new instance does not know what the old one owed.
  void fail_all(shm::Thread& thread);
  /// Ends the rows without an answer, when the actor is gone and so are its ReplyTos.
  void forget_all(shm::Segment& segment);

 private:
  std::map<Owed, shm::ReplyIndex> rows_;
};

}  // namespace buskin::runtime
