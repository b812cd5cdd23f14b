// The actors and the promises of the conformance tests: the same on every base.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <stdexcept>
#include <string>

#include "buskin/buskin.hpp"
#include "calls_generated.h"

namespace conformance {

using namespace std::chrono_literals;
using namespace calls;

struct Hello : buskin::Actor<buskin::Ask<Greet, Reply>> {
  void on(Message<Greet> greet, ReplyTo<Reply> reply) { reply("Hello, " + greet->name()->str() + "!"); }
};

struct Mute : buskin::Actor<buskin::Ask<Greet, Reply>> {
  void on(Message<Greet> greet, ReplyTo<Reply> reply) {
    if (greet->name()->str() == "refuse") reply.fail(buskin::Code::Refused, "not today");
  }
};

/// Adds, and shows ticks as decimal digits: the last eighteen of them, so that the number does not overflow.
struct Sum : buskin::Actor<Add, Tick, buskin::Ask<Read, Total>> {
  void on(Message<Add> add) { n += add->by(); }
  void on(Message<Tick> tick) { n = n % 100'000'000'000'000'000 * 10 + tick->number(); }
  void on(Message<Read>, ReplyTo<Total> reply) { reply(n); }
  std::uint64_t n = 0;
};

/// Throws as often as it was told to, then counts.
struct Shaky : buskin::Actor<buskin::Ask<Fail, Total>> {
  void on(Message<Fail> fail, ReplyTo<Total> reply) {
    if (++calls <= fail->times()) throw std::runtime_error("shaky");
    reply(calls);
  }
  std::uint64_t calls = 0;
};

struct ThrowsInConstructor : buskin::Actor<buskin::Ask<Read, Total>> {
  ThrowsInConstructor() { throw std::runtime_error("no start today"); }
  void on(Message<Read>, ReplyTo<Total>) {}
};

/// Asks its child and answers with what that said; counts what became of its children.
struct Parent : buskin::Actor<buskin::Ask<Greet, Reply>, buskin::Ask<Read, Total>, Add, buskin::ChildActorExited> {
  void on_start(Context& context) { child = context.create<Hello>(); }
  void on(Message<Greet> greet, ReplyTo<Reply> reply, Context& context) {
    auto pending = context.request<Greet>(child, 30s, greet->name()->str());
    pending.then([reply = std::move(reply)](buskin::Answer<Reply> answer) mutable {
      if (answer) reply(answer->text()->str());
      else reply.fail(answer.error());
    });
  }
  void on(Message<Add> add, Context& context) {
    if (add->by() == 0) (void)context.create<ThrowsInConstructor>();
    else context.exit(child);
  }
  void on(Message<Read>, ReplyTo<Total> reply) { reply(gone); }
  void on(Message<buskin::ChildActorExited>) { ++gone; }
  Ref<Hello> child;
  std::uint64_t gone = 0;
};

/// A system that no other process shares.
inline buskin::SystemOptions private_on(buskin::Base base) {
  buskin::SystemOptions made;
  made.base = base;
  made.private_system = true;
  return made;
}

class Conformance : public ::testing::TestWithParam<buskin::Base> {
 protected:
  static buskin::SystemOptions options() { return private_on(GetParam()); }
  /// The address of an actor that is gone.
  buskin::Address gone() {
    const auto hello = system_.create<Hello>();
    system_.exit(*hello);
    // Ends: the actor is asked until it is gone.
    while (system_.ask<Greet>(*hello, 30s, "again").ok()) {
    }
    return *hello;
  }
  template <class A>
  std::uint64_t read(buskin::Ref<A> actor) {
    return system_.ask<Read>(actor, 30s)->n();
  }
  buskin::ActorSystem system_{options()};
};

inline const auto kBases = ::testing::Values(buskin::Base::Processes, buskin::Base::Threads, buskin::Base::Sequential);

inline std::string name_of_base(const ::testing::TestParamInfo<buskin::Base>& base) {
  constexpr const char* kNames[] = {"Processes", "Threads", "Sequential"};
  return kNames[static_cast<std::size_t>(base.param)];
}

}  // namespace conformance
