// Actor<entries...>: the base of an actor's struct. It names the messages the actor takes.
//
//   struct Hello : buskin::Actor<buskin::Ask<Greet, Reply>> {
//     void on(Message<Greet> greet, ReplyTo<Reply> reply) { ... }
//   };
//
// Empty and not virtual. Entries: a message type; Ask<T, R> for a message that is
// answered; Init<T> for the constructor's argument; Saves<T> for state that
// survives a crash; system messages such as ChildActorExited. `Context&` may be
// left out of any handler. Hooks: on_start(Context&), on_stop(Context&),
// on_restart(Context&) or on_restart(const Saved&). on_stop runs before an instance is
// destroyed in order: at the end of its actor, or because the next instance follows it.
#pragma once

#include "buskin/address.hpp"
#include "buskin/message.hpp"
#include "buskin/ref.hpp"
#include "buskin/reply.hpp"
#include "buskin/system_messages.hpp"

namespace buskin::inline v0 {

/// Entry: a message that is answered with an R.
template <class T, class R>
struct Ask {
  using Message = T;
  using Reply = R;
};
/// Entry: the actor is constructed from a T.
template <class T>
struct Init {};
/// Entry: context.save<T>(...) keeps state that on_restart(const T&) gets.
template <class T>
struct Saves {};

template <class... Entries>
struct Actor {
  template <class T>
  using Message = buskin::Message<T>;
  template <class T>
  using Kept = buskin::Kept<T>;
  template <class R>
  using ReplyTo = buskin::ReplyTo<R>;
  template <class A>
  using Ref = buskin::Ref<A>;
  using Context = buskin::Context;
  using Address = buskin::Address;

  using BuskinEntries = void (*)(Entries...);
};

}  // namespace buskin::v0
