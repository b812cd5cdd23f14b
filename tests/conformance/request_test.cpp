// request_test: requests: their deadlines, kept and dropped answers, continuations, helper threads.
#include <optional>
#include <thread>

#include "herald.hpp"

namespace conformance::request {

/// Keeps what it should answer until told to answer, or to forget.
struct Holder : buskin::Actor<buskin::Ask<Read, Total>, Tick> {
  void on(Message<Read>, ReplyTo<Total> reply) { kept.emplace(std::move(reply)); }
  void on(Message<Tick> tick) {
    if (tick->number() != 0 && kept) (*kept)(std::uint64_t{tick->number()});
    kept.reset();
  }
  std::optional<ReplyTo<Total>> kept;
};

/// Asks on, with a short deadline, and says what came of it. Makes a Hello in the continuation.
struct Middle : buskin::Actor<buskin::Init<Settings>, buskin::Ask<Report, Reply>> {
  explicit Middle(const Settings& settings) : next(*settings.next()) {}
  void on(Message<Report>, ReplyTo<Reply> reply, Context& context) {
    auto pending = context.request<Read>(next, 30ms);
    pending.then([reply = std::move(reply)](buskin::Answer<Total> answer, Context& turn) mutable {
      if (answer.ok()) return reply("answered");
      (void)turn.create<Hello>({.place = buskin::here});
      reply(std::string(buskin::to_string(answer.error().code())) + " " + std::to_string(turn.children().size()));
    });
  }
  Ref<Holder> next;
};

/// Lets another thread speak for it.
struct Ventriloquist : buskin::Actor<Order, buskin::Ask<Report, Reply>> {
  void on(Message<Order> order, Context& context) {
    const Address to(*order->to());
    std::thread([sender = context.sender(), to] {
      for (std::uint32_t i = 1; i <= 9; ++i) sender.send(to, Tick(i));
    }).join();
  }
  void on(Message<Report>, ReplyTo<Reply> reply, Context& context) {
    reply(context.sender().self() == context.self() ? "myself" : "another");
  }
};

struct Sworn : buskin::Actor<Order, buskin::Ask<Report, Reply>> {
  static constexpr auto delivery = buskin::Delivery::ExactlyOnce;
  void on(Message<Order> order, Context& context) {
    said = context.sender().try_send(Address(*order->to()), Tick(1)).error().what();
    staged = context.try_send(Address(*order->to()), Tick(7)).staged();
  }
  void on(Message<Report>, ReplyTo<Reply> reply) { reply(said + (staged ? " staged" : " not staged")); }
  std::string said;
  bool staged = false;
};

/// Reaches around its context for a system that it has no business with.
struct Impatient : buskin::Actor<buskin::Ask<Read, Total>> {
  void on(Message<Read>, ReplyTo<Total> reply) {
    const auto hello = system->create<Hello>();
    reply(hello.ok() ? 1u : 0u);
  }
  static inline buskin::ActorSystem* system = nullptr;
};

class Requests : public Heralds {};

TEST_P(Requests, ATurnThatWaitsThroughACapturedSystemEndsWithASentence) {
  if (GetParam() == buskin::Base::Processes) GTEST_SKIP() << "an actor's process has no system to capture";
  testing::FLAGS_gtest_death_test_style = "threadsafe";
  EXPECT_DEATH(
      {
        Impatient::system = &system_;
        const auto impatient = system_.create<Impatient>();
        (void)system_.ask<Read>(*impatient, 30s);
      },
      "wrong_use: ask inside a turn would block this actor: use request");
}

TEST_P(Requests, ARequestThatNobodyAnswersExpires) {
  const auto holder = system_.create<Holder>();
  EXPECT_EQ(system_.ask<Read>(*holder, 30ms).error().code(), buskin::Code::TimedOut);
}

TEST_P(Requests, ARequestOfAnActorExpiresInATurnOfItsOwn) {
  const auto holder = system_.create<Holder>();
  const auto middle = system_.create<Middle>(buskin::Address(*holder));
  EXPECT_EQ(system_.ask<Report>(*middle, 30s)->text()->str(), "timed_out 1");
}

TEST_P(Requests, AKeptReplyAnswersLater) {
  const auto holder = system_.create<Holder>();
  auto pending = system_.request<Read>(*holder, 30s);
  system_.send(*holder, Tick(7));
  EXPECT_EQ(pending.wait()->n(), 7u);
}

TEST_P(Requests, AKeptReplyThatIsDroppedSaysSo) {
  const auto holder = system_.create<Holder>();
  auto pending = system_.request<Read>(*holder, 30s);
  system_.send(*holder, Tick(0));
  EXPECT_EQ(pending.wait().error().code(), buskin::Code::NoReply);
}

TEST_P(Requests, AKeptReplyOfAnActorThatEndsSaysSo) {
  const auto holder = system_.create<Holder>();
  auto pending = system_.request<Read>(*holder, 30s);
  system_.exit(*holder);
  EXPECT_EQ(pending.wait().error().code(), buskin::Code::NoReply);
}

TEST_P(Requests, AQuestionToAnActorThatIsGoneFailsAtOnce) {
  const auto hello = system_.create<Hello>();
  system_.exit(*hello);
  // Ends: the actor is asked until it is gone.
  while (system_.ask<Greet>(*hello, 30s, "again").ok()) {
  }
  EXPECT_EQ(system_.ask<Greet>(*hello, 60s, "?").error().code(), buskin::Code::NoSuchActor);
}

TEST_P(Requests, AnotherThreadSpeaksForAnActor) {
  const auto sum = system_.create<Sum>();
  const auto ventriloquist = system_.create<Ventriloquist>();
  EXPECT_EQ(system_.ask<Report>(*ventriloquist, 30s)->text()->str(), "myself");
  system_.send<Order>(*ventriloquist, kTicks, buskin::Address(*sum), 9u);
  // Ends: when all have arrived, or with the test's own time limit.
  while (read(*sum) < 123'456'789) {
  }
  EXPECT_EQ(read(*sum), 123'456'789u);
}

TEST_P(Requests, NoOtherThreadSpeaksForAnExactlyOnceActor) {
  const auto sum = system_.create<Sum>();
  const auto sworn = system_.create<Sworn>();
  system_.send<Order>(*sworn, kTicks, buskin::Address(*sum), 1u);
  EXPECT_EQ(system_.ask<Report>(*sworn, 30s)->text()->str(),
            "an ExactlyOnce actor sends only in its turns: context.sender() is not for it staged");
  EXPECT_EQ(read(*sum), 7u);
}

INSTANTIATE_TEST_SUITE_P(Bases, Requests, kBases, name_of_base);

}  // namespace conformance::request
