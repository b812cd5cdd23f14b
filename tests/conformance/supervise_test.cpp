// supervise_test: an exception, and what its supervisor wants: go on, restart, stop, fail together.
#include "herald.hpp"

namespace conformance::supervise {

using buskin::Decision;

/// Counts its instance's messages; throws when told to.
struct Fragile : buskin::Actor<Tick, buskin::Ask<Read, Total>, buskin::Ask<Report, Reply>> {
  void on(Message<Tick> tick) {
    if (tick->number() == 0) throw std::runtime_error("broken");
    n += tick->number();
  }
  void on(Message<Read>, ReplyTo<Total> reply) { reply(n); }
  void on(Message<Report>, ReplyTo<Reply> reply) { kept.push_back(std::move(reply)); }
  void on_restart(Context&) { n = 100; }
  std::uint64_t n = 0;
  std::vector<ReplyTo<Reply>> kept;
};

/// A parent of one Fragile, which says why it is gone.
struct Guardian : buskin::Actor<Order, buskin::Ask<Report, Reply>, Tick, buskin::ChildActorExited> {
  void on(Message<Order> order, Context& context) {
    child = context.create<Fragile>(
        {.place = buskin::here,
         .supervise = {.on_throw = static_cast<Decision>(order->kind()), .restarts = order->count(), .within = 1h}});
  }
  void on(Message<Tick> tick, Context& context) { context.forward(child, std::move(tick)); }
  void on(Message<Report>, ReplyTo<Reply> reply) { reply(last); }
  void on(Message<buskin::ChildActorExited> gone) {
    last = buskin::to_string(gone->code) + (": " + std::string(gone->reason.view()));
  }
  Ref<Fragile> child;
  std::string last = "alive";
};

/// Passes a question on; its receiver answers.
struct Switchboard : buskin::Actor<buskin::Init<Settings>, buskin::Ask<Greet, Reply>> {
  explicit Switchboard(const Settings& settings) : next(*settings.next()) {}
  void on(Message<Greet> greet, ReplyTo<Reply>, Context& context) { context.forward(next, std::move(greet)); }
  Ref<Hello> next;
};

class Supervision : public Conformance {
 protected:
  buskin::Ref<Guardian> guardian(Decision decision, std::uint32_t restarts = 9) {
    const auto made = system_.create<Guardian>();
    system_.send<Order>(*made, static_cast<std::uint8_t>(decision), buskin::Address(*made), restarts);
    return *made;
  }
  std::string fate_of_child(buskin::Ref<Guardian> guardian) {
    std::string text;
    // Ends: when the child is gone, or with the test's own time limit.
    do {
      text = system_.ask<Report>(guardian, 30s)->text()->str();
    } while (text == "alive");
    return text;
  }
};

TEST_P(Supervision, AnActorResumesWithItsState) {
  const auto fragile = system_.create<Fragile>();
  for (const std::uint32_t number : {1u, 0u, 2u}) system_.send(*fragile, Tick(number));
  EXPECT_EQ(read(*fragile), 3u);
}

TEST_P(Supervision, ARestartedActorIsNewAndGoesOnWithItsMail) {
  const auto fragile = system_.create<Fragile>({.supervise = {.on_throw = Decision::Restart}});
  for (const std::uint32_t number : {1u, 0u, 2u}) system_.send(*fragile, Tick(number));
  EXPECT_EQ(read(*fragile), 102u);
}

TEST_P(Supervision, WhatARestartedActorOwedIsAnswered) {
  const auto fragile = system_.create<Fragile>({.supervise = {.on_throw = Decision::Restart}});
  auto pending = system_.request<Report>(*fragile, 30s);
  system_.send(*fragile, Tick(0));
  EXPECT_EQ(pending.wait().error().code(), buskin::Code::ActorRestarted);
}

TEST_P(Supervision, AStoppedActorSaysWhyToItsParent) {
  const auto parent = guardian(Decision::Stop);
  system_.send(parent, Tick(0));
  EXPECT_EQ(fate_of_child(parent), "actor_died: broken");
}

TEST_P(Supervision, TooManyRestartsEndAnActor) {
  const auto parent = guardian(Decision::Restart, 3);
  for (int i = 0; i < 2; ++i) system_.send(parent, Tick(0));
  EXPECT_EQ(fate_of_child(parent), "actor_died: restarted too often: broken");
}

TEST_P(Supervision, AnEscalatedFailureEndsTheParentToo) {
  const auto parent = guardian(Decision::Escalate);
  system_.send(parent, Tick(0));
  // Ends: when the parent is gone, or with the test's own time limit.
  while (system_.ask<Report>(parent, 30s).ok()) {
  }
  EXPECT_EQ(system_.try_send(parent, Tick(1)).code(), buskin::Code::NoSuchActor);
}

TEST_P(Supervision, AForwardedQuestionIsAnsweredByWhoeverGotIt) {
  const auto hello = system_.create<Hello>();
  const auto board = system_.create<Switchboard>(buskin::Address(*hello));
  EXPECT_EQ(system_.ask<Greet>(*board, 30s, "operator")->text()->str(), "Hello, operator!");
}

TEST_P(Supervision, AQuestionToAHandlerThatCannotAnswerFailsAtOnce) {
  const auto fragile = system_.create<Fragile>();
  const auto answer = system_.ask<Tick, Total>(fragile->address(), 30s, 1u);
  EXPECT_EQ(answer.error().code(), buskin::Code::NoReply);
}

INSTANTIATE_TEST_SUITE_P(Bases, Supervision, kBases, name_of_base);

}  // namespace conformance::supervise
