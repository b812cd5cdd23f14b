// Pending<R>: a request under way.
//
// In an actor: then(f) runs f as a turn of its own when the answer is there. In a
// client: wait(). A Pending that is dropped lets the answer be counted as late.
#pragma once

#include <memory>
#include <type_traits>
#include <utility>

#include "buskin/reply.hpp"

namespace buskin::inline v0 {

template <class R>
class [[nodiscard]] Pending {
 public:
  Pending(detail::Endpoint& voice, detail::RequestId id) : voice_(&voice), id_(id) {}
  Pending(Pending&& other) noexcept : voice_(std::exchange(other.voice_, nullptr)), id_(other.id_) {}
  Pending& operator=(Pending&&) = delete;
  ~Pending() {
    if (voice_ != nullptr) voice_->abandon(id_);
  }

  /// Runs `next(Answer<R>)`, or `next(Answer<R>, Context&)`, when the answer or its deadline is there.
  template <class F>
  void then(F next) {
    static_assert(std::is_invocable_v<F&, Answer<R>> || std::is_invocable_v<F&, Answer<R>, Context&>,
                  "buskin: then() takes a function of (Answer<R>) or (Answer<R>, Context&)");
    detail::Endpoint* voice = std::exchange(voice_, nullptr);
    voice->await(id_, std::make_unique<Next<F>>(*voice, std::move(next)));
  }

  /// Waits for the answer. For clients; inside a turn it ends the program with a sentence.
  Answer<R> wait() {
    Error error;
    detail::LeasePtr lease = std::exchange(voice_, nullptr)->wait(id_, error);
    return detail_answer(std::move(lease), error);
  }

 private:
  static Answer<R> detail_answer(detail::LeasePtr lease, const Error& error) {
    if (lease != nullptr && lease->delivery.info != nullptr &&
        lease->delivery.info->id != detail::message_id<R>) {
      return Answer<R>(nullptr, Error(Code::Refused, "the reply is of another type than the request expects"));
    }
    return Answer<R>(std::move(lease), error);
  }

  template <class F, class C = Context>  // C: complete where this is used.
  class Next : public detail::Continuation {
   public:
    Next(detail::Endpoint& voice, F next) : voice_(&voice), next_(std::move(next)) {}
    void run(detail::LeasePtr reply, const Error& error) override {
      if constexpr (std::is_invocable_v<F&, Answer<R>, C&>) {
        C context(*voice_);
        next_(detail_answer(std::move(reply), error), context);
      } else {
        next_(detail_answer(std::move(reply), error));
      }
    }

   private:
    detail::Endpoint* voice_;
    F next_;
  };

  detail::Endpoint* voice_;
  detail::RequestId id_;
};

}  // namespace buskin::v0
