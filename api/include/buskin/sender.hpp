// Sender: with it another thread sends as an actor.
//
// For what a library calls back on a thread of its own. It only sends: answers
// and failures come to the actor. Valid as long as the system.
#pragma once

#include <memory>
#include <utility>

#include "buskin/detail/build.hpp"
#include "buskin/detail/contract.hpp"

namespace buskin::inline v0 {

/// Copyable. Threads: any, several at once; order holds per thread.
class Sender {
 public:
  explicit Sender(std::shared_ptr<detail::SenderEndpoint> endpoint) : endpoint_(std::move(endpoint)) {}

  /// The actor for which it speaks.
  Address self() const { return endpoint_->self(); }

  /// As Context::send: a failure comes to the actor as Undeliverable, and is counted.
  template <class T, class To, class... Args>
  void send(const To& to, const Args&... args) const {
    (void)post<T>(to, detail::Wait::AsConfigured, args...);
  }
  template <class To, detail::FixedMessage T>
  void send(const To& to, const T& value) const {
    (void)post<T>(to, detail::Wait::AsConfigured, value);
  }
  /// Never waits; says at once what happened.
  template <class T, class To, class... Args>
  [[nodiscard]] Status try_send(const To& to, const Args&... args) const {
    return post<T>(to, detail::Wait::Never, args...);
  }
  template <class To, detail::FixedMessage T>
  [[nodiscard]] Status try_send(const To& to, const T& value) const {
    return post<T>(to, detail::Wait::Never, value);
  }

 private:
  template <class T, class... Args>
  Status post(const Address& to, detail::Wait wait, const Args&... args) const {
    return detail::with_bytes<T>(
        [&](std::span<const std::byte> bytes) { return endpoint_->post({to, &detail::kMessageInfo<T>, {}, wait}, bytes); },
        args...);
  }
  template <class T, class A, class... Args>
  Status post(const Ref<A>& to, detail::Wait wait, const Args&... args) const {
    static_assert(detail::Takes<A, T>, "buskin: the receiver's Actor<...> does not list this message");
    return post<T>(to.address(), wait, args...);
  }

  std::shared_ptr<detail::SenderEndpoint> endpoint_;
};

}  // namespace buskin::v0
