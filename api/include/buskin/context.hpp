// Context: who acts inside a turn. It belongs to the actor and to the turn's thread.
#pragma once

#include "buskin/detail/verbs.hpp"
#include "buskin/sender.hpp"
#include "buskin/timer.hpp"

namespace buskin::inline v0 {

class Context : public detail::VerbsOf<detail::TurnEndpoint> {
 public:
  explicit Context(detail::TurnEndpoint& endpoint) : VerbsOf(endpoint) {}
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  using VerbsOf::exit;

  /// This actor's own address.
  Address self() const { return endpoint_->self(); }

  /// Creates a child. Never waits: its address takes messages at once, and a birth that fails
  /// arrives as ChildActorExited. A living child with the same key is returned instead (the key is
  /// its name, else type and ordinal within the turn).
  template <class A, class... Args>
  Ref<A> create(const Args&... args) {
    return child<A>({}, args...);
  }
  template <class A, class... Args>
  Ref<A> create(CreateOptions options, const Args&... args) {
    return child<A>(options, args...);
  }

  /// Passes a message on: the same block, the same first sender, nothing copied.
  template <class T, detail::Target To>
  void forward(const To& to, Message<T>&& message) {
    check_takes<T>(to);
    (void)endpoint_->forward(to, std::move(message).release());
  }

  /// The living children of this actor.
  std::vector<Child> children() { return endpoint_->children(); }

  /// A handle with which another thread sends as this actor. Not for ExactlyOnce actors, whose sends
  /// belong to a turn: there each send fails with Code::WrongUse.
  Sender sender() { return Sender(endpoint_->sender()); }

  /// Ends this actor after this turn.
  void exit() { endpoint_->exit(self(), {.now = true}); }

  /// Handles T by `handler(Message<T>)` from the next message on, in front of the actor's own `on`.
  template <class T, class F>
  void become(F handler) {
    static_assert(std::is_invocable_v<F&, Message<T>>, "buskin: become<T>() takes a function of (Message<T>)");
    endpoint_->overlay(detail::kMessageInfo<T>,
                    [endpoint = endpoint_, handler = std::move(handler)](detail::Incoming& delivery) mutable {
                      handler(Message<T>(*endpoint, delivery));
                    });
  }
  /// The actor's own `on` again.
  template <class T>
  void unbecome() {
    endpoint_->overlay(detail::kMessageInfo<T>, nullptr);
  }

  /// Makes a T the actor's saved state when this turn commits.
  template <class T, class... Args>
  void save(const Args&... args) {
    detail::with_bytes<T>([this](std::span<const std::byte> bytes) { endpoint_->save(detail::kMessageInfo<T>, bytes); },
                          args...);
  }

  /// Sends a T to this actor itself when `delay` has passed. Set in a turn of an ExactlyOnce actor a timer is part
  /// of the turn, and is kept over restarts; others end with the instance, and on_restart sets them anew.
  template <class T, class... Args>
  TimerId after(Duration delay, const Args&... args) {
    return set_timer<T>({delay}, args...);
  }
  /// The same, and again each `period`. When the actor was away it fires once for all that it missed.
  template <class T, class... Args>
  TimerId every(Duration period, const Args&... args) {
    return set_timer<T>({period, period}, args...);
  }
  /// The same at a point of time. When it is past: at once. Later changes of the clock are not followed.
  template <class T, class Clock, class D, class... Args>
  TimerId at(std::chrono::time_point<Clock, D> when, const Args&... args) {
    return set_timer<T>({std::chrono::duration_cast<Duration>(when - Clock::now())}, args...);
  }
  /// No effect on a message that the timer has sent already.
  void cancel(TimerId timer) { endpoint_->cancel_timer(static_cast<std::uint64_t>(timer)); }

  /// `ask` waits, and a turn must not: use request<T>(...).then(...).
  template <class T, class... Args>
  void ask(const Args&...) {
    static_assert(sizeof(T) == 0, "buskin: ask waits and would block this actor: use context.request<T>(...).then(...)");
  }

 private:
  template <class T, class... Args>
  TimerId set_timer(const detail::Schedule& schedule, const Args&... args) {
    return detail::with_bytes<T>(
        [&](std::span<const std::byte> bytes) {
          return static_cast<TimerId>(endpoint_->set_timer(detail::kMessageInfo<T>, bytes, schedule));
        },
        args...);
  }

  friend detail::TurnEndpoint& detail::endpoint_of(Context& context);

  template <class A, class... Args>
  Ref<A> child(const CreateOptions& options, const Args&... args) {
    Result<Address> made = create_address<A>(options, args...);
    return made.ok() ? Ref<A>(*made) : Ref<A>();
  }
};

namespace detail {
inline TurnEndpoint& endpoint_of(Context& context) { return *context.endpoint_; }
}  // namespace detail

}  // namespace buskin::v0
