// Pending<R>: a request under way.
//
// An actor must not wait: it would hold up its mailbox, and two actors that wait for
// each other would never go on. So request() returns at once, and the Pending says
// what happens when the answer is there: in an actor then(f) runs f as a turn of its
// own; a client, which has nothing else to do, calls wait().
//
// A Pending may outlive the system, or the thread, that it belongs to: then its answer is an error.
//
// Threads: the one that sent the request.
#pragma once

#include <memory>
#include <type_traits>
#include <utility>

#include "buskin/reply.hpp"

namespace buskin::inline v0 {

namespace detail {

/// How a Pending finds its endpoint. A turn's is there as long as its actor.
class TurnAsker {
 public:
  explicit TurnAsker(TurnEndpoint& turn) : turn_(&turn) {}
  TurnEndpoint& endpoint() const { return *turn_; }

 private:
  TurnEndpoint* turn_;
};

/// A client's may end before.
class ClientAsker {
 public:
  explicit ClientAsker(ClientEndpoint& client) : link_(client.link()) {}
  ClientEndpoint& endpoint() const { return *link_->endpoint; }

 private:
  std::shared_ptr<ClientLink> link_;
};

template <class Asker>
using AskerOf = std::conditional_t<std::is_same_v<Asker, TurnEndpoint>, TurnAsker, ClientAsker>;

}  // namespace detail

/// Move-only. Dropping it gives the answer up: when it comes it is counted as late.
/// `Asker` is the kind of endpoint that sent the request; a client's Pending has another type than an actor's.
template <class R, class Asker = detail::TurnEndpoint>
class [[nodiscard]] Pending {
 public:
  Pending(Asker& asker, detail::RequestId id) : asker_(asker), id_(id) {}
  Pending(Pending&& other) noexcept
      : asker_(other.asker_), id_(other.id_), is_full_(std::exchange(other.is_full_, false)) {}
  Pending& operator=(Pending&&) = delete;
  ~Pending() {
    if (is_full_) asker_.endpoint().abandon(id_);
  }

  /// For actors: runs `next(Answer<R>)`, or `next(Answer<R>, Context&)`, when the answer or its deadline is there.
  /// If it throws, that is logged, it does not run again, and `on_throw` decides about the actor. If there is no memory
  /// for what it saves or sends, it runs again later: it should not move out of what it has captured before that.
  template <class F>
  void then(F next) {
    static_assert(std::is_same_v<Asker, detail::TurnEndpoint>, "buskin: then() is for actors; a client calls wait()");
    static_assert(std::is_invocable_v<F&, Answer<R>> || std::is_invocable_v<F&, Answer<R>, Context&>,
                  "buskin: then() takes a function of (Answer<R>) or (Answer<R>, Context&)");
    if constexpr (std::is_same_v<Asker, detail::TurnEndpoint>) {
      Asker& asker = take();
      asker.await(id_, std::make_unique<Next<F>>(asker, std::move(next)));
    }
  }

  /// For clients: waits for the answer, at most until the request's timeout.
  Answer<R> wait() {
    static_assert(std::is_same_v<Asker, detail::ClientEndpoint>,
                  "buskin: wait() would block this actor: use then(), or wait() in a client");
    if constexpr (std::is_same_v<Asker, detail::ClientEndpoint>) {
      Error error;
      detail::LeasePtr reply = take().wait(id_, error);
      return Answer<R>(std::move(reply), error);
    }
  }

 private:
  Asker& take() {
    if (!is_full_) [[unlikely]] detail::answer_was_taken();
    is_full_ = false;
    return asker_.endpoint();
  }

  template <class F, class C = Context>  // C: complete where this is used.
  class Next : public detail::Continuation {
   public:
    Next(detail::TurnEndpoint& turn, F next) : turn_(&turn), next_(std::move(next)) {}
    void run(detail::LeasePtr reply, const Error& error) override {
      Answer<R> answer(std::move(reply), error);
      if constexpr (std::is_invocable_v<F&, Answer<R>, C&>) {
        C context(*turn_);
        next_(std::move(answer), context);
      } else {
        next_(std::move(answer));
      }
    }

   private:
    detail::TurnEndpoint* turn_;
    F next_;
  };

  detail::AskerOf<Asker> asker_;
  detail::RequestId id_;
  bool is_full_ = true;
};

}  // namespace buskin::v0
