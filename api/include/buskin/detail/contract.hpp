// Contract: checks an actor's type at compile time and makes its ActorInfo.
//
// Every refusal is one sentence that begins with "buskin:".
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <new>
#include <span>
#include <type_traits>

#include "buskin/actor.hpp"
#include "buskin/detail/actor_info.hpp"
#include "buskin/system_messages.hpp"

namespace buskin::inline v0::detail {

template <class... Ts>
struct TypeList {};

template <class E>
struct EntryTraits {
  using Message = E;
  using Reply = void;
  static constexpr bool is_handler = true;
};
template <class T, class R>
struct EntryTraits<Ask<T, R>> {
  using Message = T;
  using Reply = R;
  static constexpr bool is_handler = true;
};
template <class T>
struct EntryTraits<Init<T>> {
  using Message = T;
  static constexpr bool is_handler = false;
};
template <class T>
struct EntryTraits<Saves<T>> {
  using Message = T;
  static constexpr bool is_handler = false;
};

template <class F>
struct EntriesOf;
template <class... E>
struct EntriesOf<void (*)(E...)> {
  using List = TypeList<E...>;
};
template <class A>
using entries_of = typename EntriesOf<typename A::BuskinEntries>::List;

template <class A>
concept ActorType = requires { typename A::BuskinEntries; };

// -- what the contract says --

template <template <class> class Entry, class List>
struct FindEntry {
  using Type = void;
};
template <template <class> class Entry, class T, class... Rest>
struct FindEntry<Entry, TypeList<Entry<T>, Rest...>> {
  using Type = T;
};
template <template <class> class Entry, class First, class... Rest>
struct FindEntry<Entry, TypeList<First, Rest...>> : FindEntry<Entry, TypeList<Rest...>> {};

template <class A>
using init_of = typename FindEntry<Init, entries_of<A>>::Type;
template <class A>
using saves_of = typename FindEntry<Saves, entries_of<A>>::Type;

template <class T, class List>
struct TakesIn;
template <class T, class... E>
struct TakesIn<T, TypeList<E...>> {
  static constexpr bool value =
      ((EntryTraits<E>::is_handler && std::is_same_v<T, typename EntryTraits<E>::Message>) || ...);
};
/// Does actor A take message T?
template <class A, class T>
concept Takes = TakesIn<T, entries_of<A>>::value;

template <class T, class List>
struct ReplyIn {
  using Type = void;
};
template <class T, class E, class... Rest>
struct ReplyIn<T, TypeList<E, Rest...>> : ReplyIn<T, TypeList<Rest...>> {};
template <class T, class R, class... Rest>
struct ReplyIn<T, TypeList<Ask<T, R>, Rest...>> {
  using Type = R;
};
/// What A answers to T; void when it does not answer.
template <class A, class T>
using reply_of = typename ReplyIn<T, entries_of<A>>::Type;

// -- handlers --

template <class A, class T>
concept OnMessage = requires(A& a, Message<T> m) { a.on(std::move(m)); };
template <class A, class T>
concept OnMessageContext = requires(A& a, Message<T> m, Context& c) { a.on(std::move(m), c); };
template <class A, class T, class R>
concept OnAsk = requires(A& a, Message<T> m, ReplyTo<R> r) { a.on(std::move(m), std::move(r)); };
template <class A, class T, class R>
concept OnAskContext =
    requires(A& a, Message<T> m, ReplyTo<R> r, Context& c) { a.on(std::move(m), std::move(r), c); };

/// Turns into a Message of each type that A does not list, and into no other one.
template <class A>
struct UnlistedMessage {
  template <class T>
    requires(!Takes<A, T>)
  operator Message<T>() const;
};
struct SomeReply {
  template <class R>
  operator ReplyTo<R>() const;
};
/// An `on` that takes this takes everything.
struct NoMessage {};

/// Has A an `on` for one message that it does not list? Nobody would ever call it.
template <class A>
concept HandlesUnlisted = requires(A& a, UnlistedMessage<A> m) { a.on(m); } ||
                          requires(A& a, UnlistedMessage<A> m, Context& c) { a.on(m, c); } ||
                          requires(A& a, UnlistedMessage<A> m, SomeReply r) { a.on(m, r); } ||
                          requires(A& a, UnlistedMessage<A> m, SomeReply r, Context& c) { a.on(m, r, c); };
template <class A>
concept HandlesAll = requires(A& a, NoMessage m) { a.on(m); } ||
                     requires(A& a, NoMessage m, Context& c) { a.on(m, c); };

TurnEndpoint& endpoint_of(Context& context);

template <class A, class Entry>
void run_handler(void* actor, Context& context, Incoming& delivery) {
  using T = typename EntryTraits<Entry>::Message;
  using R = typename EntryTraits<Entry>::Reply;
  A& self = *static_cast<A*>(actor);
  TurnEndpoint& endpoint = endpoint_of(context);
  Message<T> message(endpoint, delivery);
  if constexpr (std::is_void_v<R>) {
    if constexpr (OnMessageContext<A, T>) {
      self.on(std::move(message), context);
    } else {
      static_assert(OnMessage<A, T>,
                    "buskin: this actor lists a message in Actor<...> for which it has no matching "
                    "on(Message<T>) or on(Message<T>, Context&)");
      self.on(std::move(message));
    }
  } else {
    ReplyTo<R> reply(endpoint, delivery);
    if constexpr (OnAskContext<A, T, R>) {
      self.on(std::move(message), std::move(reply), context);
    } else {
      static_assert(OnAsk<A, T, R>,
                    "buskin: this actor lists Ask<T, R> in Actor<...> for which it has no matching "
                    "on(Message<T>, ReplyTo<R>) or on(Message<T>, ReplyTo<R>, Context&)");
      self.on(std::move(message), std::move(reply));
    }
  }
}

template <class A, class Entry>
constexpr HandlerInfo handler_info() {
  using T = typename EntryTraits<Entry>::Message;
  using R = typename EntryTraits<Entry>::Reply;
  static_assert(!std::is_same_v<T, ActorExitRequest>,
                "buskin: ActorExitRequest is not an entry of Actor<...>; the hook on_stop is called in its place");
  if constexpr (std::is_void_v<R>) {
    return {&kMessageInfo<T>, nullptr, &run_handler<A, Entry>};
  } else {
    return {&kMessageInfo<T>, &kMessageInfo<R>, &run_handler<A, Entry>};
  }
}

template <class A, class List>
struct HandlerTable;
template <class A, class... E>
struct HandlerTable<A, TypeList<E...>> {
  static constexpr std::size_t kCount = (std::size_t{EntryTraits<E>::is_handler} + ... + 0);

  static constexpr auto make() {
    std::array<HandlerInfo, kCount> table{};
    std::size_t at = 0;
    (add<E>(table, at), ...);
    return table;
  }
  template <class Entry>
  static constexpr void add(std::array<HandlerInfo, kCount>& table, std::size_t& at) {
    if constexpr (EntryTraits<Entry>::is_handler) table[at++] = handler_info<A, Entry>();
  }
  static constexpr bool ids_differ() {
    const std::array<std::uint64_t, sizeof...(E) + 1> ids = {
        (EntryTraits<E>::is_handler ? message_id<typename EntryTraits<E>::Message> : 0)..., 0};
    for (std::size_t i = 0; i < ids.size(); ++i) {
      for (std::size_t k = i + 1; k < ids.size(); ++k) {
        if (ids[i] != 0 && ids[i] == ids[k]) return false;
      }
    }
    return true;
  }
  static constexpr std::array<HandlerInfo, kCount> kTable = make();
};

// -- life --

template <class A>
void construct_actor(void* place, std::span<const std::byte> init) {
  using T = init_of<A>;
  if constexpr (std::is_void_v<T>) {
    static_assert(
        std::is_default_constructible_v<A>,
        "buskin: this actor needs a default constructor, or an Init<T> entry and a constructor from const T&");
    new (place) A();
  } else {
    static_assert(std::is_constructible_v<A, const T&>,
                  "buskin: this actor lists Init<T> but has no constructor that takes const T&");
    new (place) A(*View<T>(init).get());
  }
}

template <class A>
void start_actor(void* actor, Context& context) {
  A& self = *static_cast<A*>(actor);
  if constexpr (requires { self.on_start(context); }) {
    self.on_start(context);
  } else {
    static_assert(!requires { &A::on_start; }, "buskin: the hook on_start takes (Context&)");
  }
}

template <class A>
void stop_actor(void* actor, Context& context) {
  A& self = *static_cast<A*>(actor);
  if constexpr (requires { self.on_stop(context); }) {
    self.on_stop(context);
  } else {
    static_assert(!requires { &A::on_stop; }, "buskin: the hook on_stop takes (Context&)");
  }
}

template <class A>
void restart_actor(void* actor, Context& context, std::span<const std::byte> saved) {
  using T = saves_of<A>;
  A& self = *static_cast<A*>(actor);
  if constexpr (!std::is_void_v<T>) {
    static_assert(requires(const T& t) { self.on_restart(t); } || requires(const T& t) { self.on_restart(t, context); },
                  "buskin: this actor lists Saves<T> but has no on_restart(const T&)");
    if (!saved.empty()) {
      const View<T> view(saved);
      if constexpr (requires(const T& t) { self.on_restart(t, context); }) {
        self.on_restart(*view.get(), context);
      } else {
        self.on_restart(*view.get());
      }
      return;
    }
    start_actor<A>(actor, context);
  } else if constexpr (requires { self.on_restart(context); }) {
    self.on_restart(context);
  } else {
    static_assert(
        !requires { &A::on_restart; }, "buskin: the hook on_restart takes (Context&), or (const T&) with Saves<T>");
    start_actor<A>(actor, context);
  }
}

template <class A>
void save_actor(void* actor, Context& context) {
  static_cast<A*>(actor)->on_save(context);
}

using SaveHook = void (*)(void* actor, Context& context);

template <class A>
constexpr SaveHook save_hook() {
  if constexpr (requires(A& self, Context& context) { self.on_save(context); }) {
    static_assert(!std::is_void_v<saves_of<A>>, "buskin: on_save saves the state: this actor does not list Saves<T>");
    static_assert(noexcept(std::declval<A&>().on_save(std::declval<Context&>())),
                  "buskin: the hook on_save(Context&) is noexcept: the turn that it saves has succeeded");
    return &save_actor<A>;
  } else {
    static_assert(!requires { &A::on_save; }, "buskin: the hook on_save takes (Context&)");
    return nullptr;
  }
}

template <class A>
constexpr Delivery delivery_of() {
  if constexpr (requires { A::delivery; }) {
    static_assert(std::is_same_v<std::remove_cvref_t<decltype(A::delivery)>, Delivery>,
                  "buskin: `delivery` is a static constexpr buskin::Delivery");
    return A::delivery;
  } else {
    return Delivery::AtLeastOnce;
  }
}

template <class A>
constexpr Group group_of() {
  if constexpr (requires { A::group; }) {
    static_assert(std::is_same_v<std::remove_cvref_t<decltype(A::group)>, Group>,
                  "buskin: `group` is a static constexpr buskin::Group");
    static_assert(delivery_of<A>() == Delivery::ExactlyOnce,
                  "buskin: a `group` of messages is one turn, so its actor's `delivery` is ExactlyOnce");
    constexpr Group group = A::group;
    static_assert(group.messages >= 1 && group.messages <= kGroupMessagesMax && group.within.count() > 0,
                  "buskin: a `group` has 1 to 65536 messages, within some time");
    return group;
  } else {
    return {.messages = 1};
  }
}

template <class A>
constexpr Strategy strategy_of() {
  if constexpr (requires { A::strategy; }) {
    static_assert(std::is_same_v<std::remove_cvref_t<decltype(A::strategy)>, Strategy>,
                  "buskin: `strategy` is a static constexpr buskin::Strategy");
    return A::strategy;
  } else {
    return Strategy::OneForOne;
  }
}

template <class T>
constexpr const MessageInfo* info_or_null() {
  if constexpr (std::is_void_v<T>) {
    return nullptr;
  } else {
    return &kMessageInfo<T>;
  }
}

template <class A>
void destroy_actor(void* actor) {
  static_cast<A*>(actor)->~A();
}

template <ActorType A>
constexpr ActorInfo make_actor_info() {
  using Table = HandlerTable<A, entries_of<A>>;
  static_assert(Table::ids_differ(), "buskin: this actor lists the same message twice");
  static_assert(!HandlesUnlisted<A> || HandlesAll<A>,
                "buskin: this actor has an on(Message<T>) for a T that its Actor<...> does not list: list it, or take "
                "the handler out");
  static_assert(type_name<A>().find("anonymous") == std::string_view::npos,
                "buskin: an actor type needs a name that other processes know: no anonymous namespace");
  return {hash_text(type_name<A>()), type_name<A>(), sizeof(A), alignof(A),
          info_or_null<init_of<A>>(), info_or_null<saves_of<A>>(), delivery_of<A>(), group_of<A>(), strategy_of<A>(),
          Table::kTable, &construct_actor<A>, &destroy_actor<A>, &start_actor<A>, &stop_actor<A>, &restart_actor<A>,
          save_hook<A>()};
}

template <class A>
inline constexpr ActorInfo kActorInfo = make_actor_info<A>();

/// Naming an actor type in create<A>() puts it in the program's catalogue before main begins.
template <class A>
inline const Registration kRegistration{kActorInfo<A>};

template <class A>
const ActorInfo& registered_info() {
  (void)&kRegistration<A>;  // Its construction is what counts.
  return kActorInfo<A>;
}

}  // namespace buskin::v0::detail
