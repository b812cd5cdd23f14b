// Verbs: everything that an actor, a client or a Sender can do, in one place.
//
// A call always names the one that acts: Context (an actor inside a turn), ActorSystem (a thread of a client), Inbox (a
// mailbox of a client) or Sender (another thread, in an actor's name). Ref and Address are values without verbs.
//
//                                                     Context   ActorSystem   Inbox   Sender
//   send  try_send                                       x           x          x        x
//   request  draft  exit  find  log  dead_letters        x           x          x
//   forward                                              x           x          x
//   create                                            at once      waits
//   ask                                                              x
//   save  become  unbecome                               x
//   after  every  at  cancel                             x
//
// Forms of a message `T`
//   send(to, Tick{1.5, 7})              a FlatBuffers struct or a system message: the fastest
//   send<Greet>(to, "World")            a table: all of its values, in schema order
//   send<Greet>(to, [&](auto& builder) { return CreateGreet(builder, ...); })
//                                       a table, by a fill function, which may run more than once
//   send(to, std::move(draft))          a large table, built in shared memory (draft.hpp)
//   send<Text>(to, "text")              Text, Bytes, and Value of <buskin/value.hpp>
// A braced first argument is options: send(to, {.expires = 5ms}, Tick{1.5, 7}).
//
// Threads: Context: that of its turn. ActorSystem, Sender: any, several at once. Inbox: any, one at a time. Messages
// from one sender to one receiver arrive in the order in which they were sent; each client thread is a sender.
#pragma once

#include <chrono>
#include <initializer_list>
#include <string_view>
#include <utility>

#include "buskin/any_message.hpp"
#include "buskin/detail/contract.hpp"
#include "buskin/detail/door.hpp"
#include "buskin/draft.hpp"
#include "buskin/pending.hpp"
#include "buskin/timer.hpp"

namespace buskin::inline v0 {

/// What all of them can do.
template <class Self>
class SendVerbs : public detail::Door<Self> {
 public:
  /// Sends a T and forgets it. For a full mailbox it waits as that mailbox says (`when_full`, at most `wait`), at most
  /// for `expires`. In an ExactlyOnce turn it leaves with the commit, and waits as long as the receiver lives.
  ///
  /// Errors: a message that does not arrive comes back to the sender as Undeliverable and is counted. Its code is
  ///   MailboxFull    there was no room, and none came in time
  ///   WouldDeadlock  waiting for room would have closed a circle of waiters
  ///   NoSuchActor    the receiver has ended
  ///   BadAddress     the address is empty, or of another system
  ///   Expired        it waited longer than `expires`, for room or in the mailbox (then its receiver says so, later)
  ///   TooBig         it is larger than message_max, or than the receiver's mailbox.bytes
  ///   NoMemory       the segment is full; an ExactlyOnce turn is undone then, and begun again later
  ///   WrongUse       another type has this message's name; or a Sender of an ExactlyOnce actor
  ///   Forked         this process was forked after it attached (then nothing is sent, also no Undeliverable)
  /// Cost: the message is copied once, into a block of shared memory; no system call unless the receiver sleeps.
  template <class T, detail::Target To, class... Args>
  void send(const To& to, const Args&... args) const {
    (void)post<T>(to, {}, detail::Wait::AsConfigured, args...);
  }
  template <class T, detail::Target To, class... Args>
  void send(const To& to, SendOptions options, const Args&... args) const {
    (void)post<T>(to, options, detail::Wait::AsConfigured, args...);
  }
  template <detail::Target To, detail::FixedMessage T>
  void send(const To& to, const T& value) const {
    (void)post<T>(to, {}, detail::Wait::AsConfigured, value);
  }
  template <detail::Target To, detail::FixedMessage T>
  void send(const To& to, SendOptions options, const T& value) const {
    (void)post<T>(to, options, detail::Wait::AsConfigured, value);
  }

  /// Sends a T and says at once what happened. Never waits.
  ///
  /// Errors: the codes of send() but for WouldDeadlock and Expired, as the result: no Undeliverable follows, and the
  /// message is counted as refused. `staged`, which is a success, in a turn of an ExactlyOnce actor: if its receiver
  /// has ended when the turn commits, Undeliverable follows after all.
  /// Cost: as send().
  template <class T, detail::Target To, class... Args>
  [[nodiscard]] Status try_send(const To& to, const Args&... args) const {
    return post<T>(to, {}, detail::Wait::Never, args...);
  }
  template <class T, detail::Target To, class... Args>
  [[nodiscard]] Status try_send(const To& to, SendOptions options, const Args&... args) const {
    return post<T>(to, options, detail::Wait::Never, args...);
  }
  template <detail::Target To, detail::FixedMessage T>
  [[nodiscard]] Status try_send(const To& to, const T& value) const {
    return post<T>(to, {}, detail::Wait::Never, value);
  }
  template <detail::Target To, detail::FixedMessage T>
  [[nodiscard]] Status try_send(const To& to, SendOptions options, const T& value) const {
    return post<T>(to, options, detail::Wait::Never, value);
  }

 private:
  template <class T, class To, class... Args>
  Status post(const To& to, const SendOptions& options, detail::Wait wait, const Args&... args) const {
    this->template check_takes<T>(to);
    return detail::with_bytes<T>(
        [&](std::span<const std::byte> bytes) {
          return this->endpoint().post({to, &detail::kMessageInfo<T>, options, wait}, bytes);
        },
        args...);
  }
};

/// What actors and clients can do.
template <class Self>
class Verbs : public SendVerbs<Self> {
 public:
  using SendVerbs<Self>::send;
  using SendVerbs<Self>::try_send;

  /// Message memory in which to build a large table over several statements. Private memory when the segment has
  /// no room for it. Cost: a block of `bytes`; sending it copies nothing, unless there was no room.
  template <class T>
  Draft<T> draft(std::size_t bytes) {
    static_assert(detail::TableMessage<T>, "buskin: a draft is for a table; a struct is sent as a value");
    return Draft<T>(this->endpoint(), bytes);
  }
  /// Sends a draft; as send() above.
  template <detail::TableMessage T, detail::Target To>
  void send(const To& to, Draft<T>&& draft, SendOptions options = {}) {
    (void)post_draft(to, std::move(draft), options, detail::Wait::AsConfigured);
  }
  /// As try_send() above. The draft is used up, also when it fails.
  template <detail::TableMessage T, detail::Target To>
  [[nodiscard]] Status try_send(const To& to, Draft<T>&& draft, SendOptions options = {}) {
    return post_draft(to, std::move(draft), options, detail::Wait::Never);
  }

  /// Sends a T that is answered, and goes on: the answer comes to what is made of the Pending, `then(f)` in an
  /// actor, `wait()` in a client. The receiver's Actor<...> says the type of the reply; for an untyped address the
  /// caller does, as request<T, R>. For room in a full mailbox a client waits at most `timeout`, and a turn never:
  /// there the request leaves when there is room, or fails.
  ///
  /// Errors: in the Answer. The codes of send() when the request did not arrive, and
  ///   TimedOut        no answer came within `timeout`; then the request is not handled any more
  ///   Overrun         the receiver's mailbox is KeepLatest, and skipped it
  ///   NoReply         the handler ended without answering
  ///   Refused         the handler answered with an error; or the reply is not of the expected type
  ///   HandlerThrew    an exception left the handler, or the continuation that was to answer
  ///   NotHandled      the receiver does not list this message
  ///   ActorDied       the receiver ended before it answered, or crashed over this message as often as it may
  ///   ActorRestarted  it owed the answer and was restarted
  ///   ShuttingDown    the system is ending
  /// Cost: as two sends, one of them the receiver's.
  template <class T, class A, class... Args>
  auto request(const Ref<A>& to, Duration timeout, const Args&... args) {
    using R = detail::reply_of<A, T>;
    static_assert(!std::is_void_v<R>, "buskin: the receiver's Actor<...> does not list Ask<T, R> for this message");
    return start_request<T, R>(to, timeout, args...);
  }
  template <class T, class R, class... Args>
  auto request(const Address& to, Duration timeout, const Args&... args) {
    return start_request<T, R>(to, timeout, args...);
  }

  /// Asks an actor, and with it its children, to end: behind the messages that were sent to it before, or with
  /// `now` before them. Its on_stop runs, once. It returns at once. From the turn that takes the request the actor
  /// ends, also when its process dies before that is done; then on_stop is not run again.
  ///
  /// Errors: the codes of send(), as Undeliverable; none when the actor ends before it comes to this request.
  /// Cost: as send().
  void exit(const Address& actor, const ExitOptions& options = {}) { this->endpoint().exit(actor, options); }

  /// Passes a message on that poll() or listen() shows just now, as TurnVerbs::forward does for a turn.
  /// Errors: as send(); a first sender that waits for an answer gets the error, too. Cost: nothing is copied.
  template <detail::Target To>
  void forward(const To& to, AnyMessage&& message) {
    (void)this->endpoint().forward(to, std::move(message).release());
  }

  /// Passes on the message that a notice in hand brings: `forward(to, std::move(notice).original())`. It leaves as
  /// send() does, and its first sender stays its sender. Errors: as send(); WrongUse when the notice brings nothing.
  /// Cost: a block of 128 bytes; the message is not copied.
  template <detail::Target To>
  void forward(const To& to, Original original) {
    (void)this->endpoint().forward_original(to, original.notice());
  }

  /// The actor that has this name, or an empty address. Cost: a search of a hash table in shared memory.
  Address find(std::string_view name) { return this->endpoint().find(name); }
  template <class A>
  Ref<A> find(std::string_view name) {
    return Ref<A>(find(name));
  }

  /// Writes one line to the log: the name of an event, and what belongs to it, as `{{"path", path}, {"again", true}}`.
  /// Cost: formats the line, and writes it to a ring in shared memory; never waits for a reader.
  void log(Level level, std::string_view event, std::initializer_list<LogField> fields = {}) {
    this->endpoint().log(level, event, {fields.begin(), fields.size()});
  }

  /// From now on `handler` (an actor or an inbox) gets a DeadLetter for each message of the system that finds no
  /// receiver, or is given up as poison. There is one handler at a time, the one named last; when it takes the place
  /// of another one, both get DeadLettersMoved. An empty address ends that: the handler may do so, and so may the
  /// endpoint that named it.
  ///
  /// Errors: NoSuchActor, BadAddress, Forked; WrongUse when another endpoint has named it since.
  Status dead_letters(const Address& handler) { return this->endpoint().dead_letters(handler); }

 protected:
  template <class A, class... Args>
  Result<Address> create_address(const CreateOptions& options, const Args&... args) {
    static_assert(detail::ActorType<A>, "buskin: create<A>: A is a struct that derives from buskin::Actor<...>");
    using I = detail::init_of<A>;
    if constexpr (std::is_void_v<I>) {
      static_assert(sizeof...(Args) == 0, "buskin: this actor has no Init<T>: create it without values");
      return this->endpoint().create(detail::registered_info<A>(), options, {});
    } else {
      return detail::with_bytes<I>(
          [&](std::span<const std::byte> init) {
            return this->endpoint().create(detail::registered_info<A>(), options, init);
          },
          args...);
    }
  }

 private:
  template <class T, class To>
  Status post_draft(const To& to, Draft<T>&& draft, const SendOptions& options, detail::Wait wait) {
    this->template check_takes<T>(to);
    auto [slab, bytes] = std::move(draft).release(this->endpoint().self().system());
    return this->endpoint().post_slab({to, &detail::kMessageInfo<T>, options, wait}, slab, bytes);
  }

  template <class T, class R, class To, class... Args>
  auto start_request(const To& to, Duration timeout, const Args&... args) {
    auto& endpoint = this->endpoint();
    return detail::with_bytes<T>(
        [&](std::span<const std::byte> bytes) {
          return Pending<R, std::remove_reference_t<decltype(endpoint)>>(
              endpoint,
              endpoint.request({to, &detail::kMessageInfo<T>, {}, detail::Wait::AsConfigured}, bytes, timeout));
        },
        args...);
  }
};

/// What only an actor can do, inside a turn.
template <class Self>
class TurnVerbs : public Verbs<Self> {
 public:
  using Verbs<Self>::forward;

  /// Creates a child and never waits: its address takes messages at once, before the child has started. Options
  /// come first, then the values of its Init. A living child with the same key is returned instead: the key is its
  /// name; without one, its type and how many children the turn had created before.
  ///
  /// Errors: a ChildActorExited that names the address, with BadOption, BadName, NameTaken, NoMemory or TimedOut (the
  /// table of names is being copied); no actor ever lives there, and messages to it come back. A child that cannot
  /// start is a ChildActorExited later: StartFailed, UnknownType or ShuttingDown. In a forked process: an empty Ref.
  /// Cost: a slot, a name and a block; then what its place costs: a new process by default.
  template <class A, class... Args>
  Ref<A> create(const Args&... args) {
    return create_child<A>({}, args...);
  }
  template <class A, class... Args>
  Ref<A> create(CreateOptions options, const Args&... args) {
    return create_child<A>(options, args...);
  }

  /// Passes the message in hand on, and with it the duty to reply: the next receiver sees the first sender, and its
  /// answer goes there. A ReplyTo that is dropped in this turn says nothing any more. The message is empty afterwards.
  ///
  /// Errors: MailboxFull, WouldDeadlock, NoSuchActor or BadAddress, as Undeliverable to this actor.
  /// Cost: the same block leaves; nothing is copied.
  template <class T, detail::Target To>
  void forward(const To& to, Message<T>&& message) {
    this->template check_takes<T>(to);
    (void)this->endpoint().forward(to, std::move(message).release());
  }

  /// Makes a T the actor's saved state when this turn commits; on_restart gets it after a crash. When a turn
  /// saves twice, the second one stands. When there is no memory for it, the turn is undone, and its message is handled
  /// again later. Cost: a copy, and a commit.
  template <class T, class... Args>
  void save(const Args&... args) {
    detail::with_bytes<T>(
        [this](std::span<const std::byte> bytes) { this->endpoint().save(detail::kMessageInfo<T>, bytes); }, args...);
  }

  /// From the next message on `handler(Message<T>)` handles T, in front of the actor's own `on`. It ends with the
  /// instance: on_restart sets it again. Cost: a search per message among the types that have such a handler.
  template <class T, class F>
  void become(F handler) {
    static_assert(std::is_invocable_v<F&, Message<T>>, "buskin: become<T>() takes a function of (Message<T>)");
    auto& turn = this->endpoint();
    turn.overlay(detail::kMessageInfo<T>, [&turn, handler = std::move(handler)](detail::Incoming& delivery) mutable {
      handler(Message<T>(turn, delivery));
    });
  }
  /// The actor's own `on` handles T again.
  template <class T>
  void unbecome() {
    this->endpoint().overlay(detail::kMessageInfo<T>, nullptr);
  }

  /// Sends a T to this actor itself when `delay` has passed. A timer that is set in a turn of an ExactlyOnce actor is
  /// part of the turn and is kept over restarts; others end with the instance, and on_restart sets them again.
  ///
  /// Errors: TimerId::None when the actor has kTimersMax timers already. When an ExactlyOnce turn finds no memory for
  /// it, the turn is undone, and begun again later. Cost: an entry of a list; when it fires, as send().
  template <class T, class... Args>
  TimerId after(Duration delay, const Args&... args) {
    return set_timer<T>({delay}, args...);
  }
  /// The same, and again after each `period`. When the actor was away, it fires once for all that it missed.
  template <class T, class... Args>
  TimerId every(Duration period, const Args&... args) {
    return set_timer<T>({period, period}, args...);
  }
  /// The same at a point of time; at once when that is past. Later changes of the clock are not followed.
  template <class T, class Clock, class D, class... Args>
  TimerId at(std::chrono::time_point<Clock, D> when, const Args&... args) {
    return set_timer<T>({std::chrono::duration_cast<Duration>(when - Clock::now())}, args...);
  }
  /// Ends a timer. No effect on a message that it has sent already.
  void cancel(TimerId timer) { this->endpoint().cancel_timer(static_cast<std::uint64_t>(timer)); }

  /// Does not compile: a turn must not wait.
  template <class T, class... Args>
  void ask(const Args&...) {
    static_assert(sizeof(T) == 0,
                  "buskin: ask waits and would block this actor: use context.request<T>(...).then(...)");
  }

 private:
  template <class A, class... Args>
  Ref<A> create_child(const CreateOptions& options, const Args&... args) {
    const Result<Address> made = this->template create_address<A>(options, args...);
    return made.ok() ? Ref<A>(*made) : Ref<A>();
  }

  template <class T, class... Args>
  TimerId set_timer(const detail::Schedule& schedule, const Args&... args) {
    return detail::with_bytes<T>(
        [&](std::span<const std::byte> bytes) {
          return static_cast<TimerId>(this->endpoint().set_timer(detail::kMessageInfo<T>, bytes, schedule));
        },
        args...);
  }
};

/// What only a client can do.
template <class Self>
class ClientVerbs : public Verbs<Self> {
 public:
  /// Creates an actor and waits until it has started. Options come first, then the values of its Init.
  ///
  /// Errors: BadOption, BadName, NameTaken, NoMemory, UnknownType, StartFailed, ShuttingDown, Forked; TimedOut when
  /// it has not started after 10 s (its constructor and on_start are part of that).
  /// Cost: a slot, a name and a block, then what its place costs (a new process by default), and an answer.
  template <class A, class... Args>
  Result<Ref<A>> create(const Args&... args) {
    return create_actor<A>({}, args...);
  }
  template <class A, class... Args>
  Result<Ref<A>> create(CreateOptions options, const Args&... args) {
    return create_actor<A>(options, args...);
  }

  /// Sends a request and waits for its answer, at most `timeout`: request(...).wait().
  ///
  /// Errors: those of request(). Inside a turn it does not compile; through an ActorSystem that a handler has
  /// captured it ends the program with a sentence. Cost: a round trip; the thread sleeps meanwhile.
  template <class T, class A, class... Args>
  auto ask(const Ref<A>& to, Duration timeout, const Args&... args) {
    return this->template request<T>(to, timeout, args...).wait();
  }
  template <class T, class R, class... Args>
  Answer<R> ask(const Address& to, Duration timeout, const Args&... args) {
    return this->template request<T, R>(to, timeout, args...).wait();
  }

 private:
  template <class A, class... Args>
  Result<Ref<A>> create_actor(const CreateOptions& options, const Args&... args) {
    const Result<Address> made = this->template create_address<A>(options, args...);
    if (!made.ok()) return made.error();
    return Ref<A>(*made);
  }
};

}  // namespace buskin::v0
