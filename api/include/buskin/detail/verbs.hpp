// Verbs: what Context and ActorSystem can both do. Who acts is always written: there is no
// send on a Ref.
#pragma once

#include <initializer_list>
#include <string_view>
#include <utility>

#include "buskin/detail/contract.hpp"
#include "buskin/draft.hpp"
#include "buskin/pending.hpp"

namespace buskin::inline v0::detail {

template <class To>
concept Target = std::is_convertible_v<const To&, Address>;

/// `E`: the endpoint of who acts.
template <class E>
class VerbsOf {
 public:
  explicit VerbsOf(E& endpoint) : endpoint_(&endpoint) {}

  /// Sends a table or built-in message: values in schema order, or a fill function
  /// `[&](auto& builder) { return CreateT(builder, ...); }`, which may run more than once.
  /// Fire and forget: a failure comes back as Undeliverable and is counted.
  template <class T, Target To, class... Args>
  void send(const To& to, const Args&... args) {
    (void)post<T>(to, {}, Wait::AsConfigured, args...);
  }
  template <class T, Target To, class... Args>
  void send(const To& to, SendOptions options, const Args&... args) {
    (void)post<T>(to, options, Wait::AsConfigured, args...);
  }
  /// Sends a struct: the fastest form.
  template <Target To, FixedMessage T>
  void send(const To& to, const T& value) {
    (void)post<T>(to, {}, Wait::AsConfigured, value);
  }
  template <Target To, FixedMessage T>
  void send(const To& to, SendOptions options, const T& value) {
    (void)post<T>(to, options, Wait::AsConfigured, value);
  }
  /// Sends what was built in place, without copying it.
  template <TableMessage T, Target To>
  void send(const To& to, Draft<T>&& draft, SendOptions options = {}) {
    check_takes<T>(to);
    auto [slab, bytes] = std::move(draft).release();
    (void)endpoint_->post_slab({to, &kMessageInfo<T>, options, Wait::AsConfigured}, slab, bytes);
  }

  /// Never waits; says at once what happened. `staged` inside an ExactlyOnce turn.
  template <class T, Target To, class... Args>
  [[nodiscard]] Status try_send(const To& to, const Args&... args) {
    return post<T>(to, {}, Wait::Never, args...);
  }
  template <Target To, FixedMessage T>
  [[nodiscard]] Status try_send(const To& to, const T& value) {
    return post<T>(to, {}, Wait::Never, value);
  }

  /// Asks `to`, whose type says what it answers; the answer comes to what is made of the Pending.
  template <class T, class A, class... Args>
  auto request(const Ref<A>& to, Duration timeout, const Args&... args) {
    using R = reply_of<A, T>;
    static_assert(!std::is_void_v<R>, "buskin: the receiver's Actor<...> does not list Ask<T, R> for this message");
    return start_request<T, R>(to, timeout, args...);
  }
  /// The same for an untyped address: says which reply is expected.
  template <class T, class R, class... Args>
  Pending<R, E> request(const Address& to, Duration timeout, const Args&... args) {
    return start_request<T, R>(to, timeout, args...);
  }

  /// Message memory to build a large table in.
  template <class T>
  Draft<T> draft(std::size_t bytes) {
    static_assert(TableMessage<T>, "buskin: a draft is for a table; a struct is sent as a value");
    return Draft<T>(*endpoint_, bytes);
  }

  /// Ends an actor. Behind what was sent to it before, unless `now`.
  void exit(const Address& actor, const ExitOptions& options = {}) { endpoint_->exit(actor, options); }
  /// The actor with this name, or nobody.
  Address find(std::string_view name) { return endpoint_->find(name); }
  template <class A>
  Ref<A> find(std::string_view name) {
    return Ref<A>(endpoint_->find(name));
  }
  /// One line: the name of an event, and what belongs to it: `{{"path", path}, {"again", true}}`.
  void log(Level level, std::string_view event, std::initializer_list<LogField> fields = {}) {
    endpoint_->log(level, event, {fields.begin(), fields.size()});
  }

 protected:
  template <class T>
  static void check_takes(const Address&) {}
  template <class T, class A>
  static void check_takes(const Ref<A>&) {
    static_assert(Takes<A, T>, "buskin: the receiver's Actor<...> does not list this message");
  }

  template <class T, class To, class... Args>
  Status post(const To& to, const SendOptions& options, Wait wait, const Args&... args) {
    check_takes<T>(to);
    return with_bytes<T>(
        [&](std::span<const std::byte> bytes) {
          return endpoint_->post({to, &kMessageInfo<T>, options, wait}, bytes);
        },
        args...);
  }

  template <class T, class R, class To, class... Args>
  Pending<R, E> start_request(const To& to, Duration timeout, const Args&... args) {
    return with_bytes<T>(
        [&](std::span<const std::byte> bytes) {
          return Pending<R, E>(*endpoint_, endpoint_->request({to, &kMessageInfo<T>, {}, Wait::AsConfigured}, bytes, timeout));
        },
        args...);
  }

  template <class A, class... Args>
  Result<Address> create_address(const CreateOptions& options, const Args&... args) {
    static_assert(ActorType<A>, "buskin: create<A>: A is a struct that derives from buskin::Actor<...>");
    using I = init_of<A>;
    if constexpr (std::is_void_v<I>) {
      static_assert(sizeof...(Args) == 0, "buskin: this actor has no Init<T>: create it without values");
      return endpoint_->create(registered_info<A>(), options, {});
    } else {
      return with_bytes<I>(
          [&](std::span<const std::byte> init) { return endpoint_->create(registered_info<A>(), options, init); },
          args...);
    }
  }

  E* endpoint_;
};

using Verbs = VerbsOf<ClientEndpoint>;

}  // namespace buskin::v0::detail
