// Context: an actor in its turn, as its handler acts. It belongs to the actor and to the turn's thread.
//
// Its verbs (send, request, create, forward, save, timers, ...) stand in verbs.hpp.
//
// Threads: that of the turn, until the handler returns. Another thread uses sender().
#pragma once

#include <optional>
#include <vector>

#include "buskin/sender.hpp"
#include "buskin/verbs.hpp"

namespace buskin::inline v0 {

class Context : public TurnVerbs<Context> {
 public:
  explicit Context(detail::TurnEndpoint& turn) : turn_(&turn) {}
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  /// This actor's own address.
  Address self() const { return turn_->self(); }

  /// What is left of the time for the message in hand: until the asker of a question gives up, or until another message
  /// expires. Zero when it is over; nothing where there is no such time. For work that is worth its time only if its
  /// answer is still wanted, and as the timeout of a request that serves it. Cost: a look at the clock.
  std::optional<Duration> remaining() const { return turn_->remaining(); }

  /// The living children of this actor. Cost: a read of each child's options.
  std::vector<Child> children() const { return turn_->children(); }

  /// A handle with which another thread sends as this actor. Not for ExactlyOnce actors, whose sends
  /// belong to a turn: there each send fails with Code::WrongUse.
  Sender sender() const { return Sender(turn_->sender()); }

  using TurnVerbs<Context>::exit;
  /// Ends this actor after this turn.
  void exit() { turn_->exit(self(), {.now = true}); }

 private:
  friend detail::Door<Context>;
  friend detail::TurnEndpoint& detail::endpoint_of(Context& context);
  detail::TurnEndpoint& own_endpoint() const { return *turn_; }

  detail::TurnEndpoint* turn_;
};

namespace detail {
inline TurnEndpoint& endpoint_of(Context& context) { return *context.turn_; }
}  // namespace detail

}  // namespace buskin::v0
