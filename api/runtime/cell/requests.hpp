// Requests: the requests that an actor has sent and whose answers it waits for.
//
// Each ends once: by its answer, by its deadline, by an error of its sending, or because
// nobody waits for it any more. Deadlines are looked at when the earliest may have passed.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string_view>

#include "buskin/detail/endpoint.hpp"
#include "buskin/error.hpp"
#include "shm/base/clock.hpp"

namespace buskin::runtime {

/// Threads: the one that runs the actor.
class Requests {
 public:
  /// A request that has ended, and the continuation that gets its end.
  struct Ended {
    std::uint64_t id;
    detail::ContinuationPtr next;  ///< Null: nobody waits.
    Error error;                   ///< Ok when the caller has its answer.
    std::string_view type;         ///< Name of the message that asked.
  };

  bool is_empty() const { return requests_.empty(); }
  /// No deadline has passed before; kNever_ns without requests.
  std::uint64_t due_ns() const { return requests_.empty() ? shm::kNever_ns : due_ns_; }

  /// `id` is larger than those before; `type` is the name of the message that asks, and stays.
  void add(std::uint64_t id, std::uint64_t deadline_ns, std::string_view type);
  void await(std::uint64_t id, detail::ContinuationPtr next);
  /// Its answer is `error`; take_due() gives it.
  void fail(std::uint64_t id, const Error& error);
  void abandon(std::uint64_t id);

  /// The request that an answer belongs to; nothing when it has ended, or has no continuation.
  std::optional<Ended> take_answered(std::uint64_t id);
  /// A request that failed, or whose deadline has passed.
  std::optional<Ended> take_due(std::uint64_t now_ns);
  /// One that was taken, whose continuation runs again: with its answer, or after its error.
  void put_back(Ended ended);
  /// The turn under way is rolled back: what it asked (ids from `first_id` on) it has not asked.
  void undo_turn(std::uint64_t first_id);
  /// Nobody waits any more; no continuation runs.
  void clear();

 private:
  struct Request {
    std::uint64_t id;
    std::uint64_t deadline_ns;
    std::string_view type;
    detail::ContinuationPtr next{};
    Error error{};
  };
  using Place = std::deque<Request>::iterator;

  Place find(std::uint64_t id);
  Ended take(Place place);
  void find_next_due();

  std::deque<Request> requests_;  // Ids grow.
  std::uint64_t due_ns_ = 0;
};

}  // namespace buskin::runtime
