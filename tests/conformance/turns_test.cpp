// turns_test: forward, keep, become, delivery modes and full mailboxes.
#include <optional>

#include "conformance.hpp"

namespace conformance::turns {

/// Answers with the sum only after it has kept the question through another turn.
struct Keeper : buskin::Actor<buskin::Text, buskin::Ask<Read, Reply>> {
  void on(Message<buskin::Text> text) { kept.emplace(std::move(text).keep()); }
  void on(Message<Read>, ReplyTo<Reply> reply) { reply((*kept)->str()); }
  std::optional<Kept<buskin::Text>> kept;
};

/// Passes even numbers on as they are, and sends odd ones as new messages.
struct Relay : buskin::Actor<buskin::Init<Settings>, Tick> {
  explicit Relay(const Settings& settings) : next(*settings.next()) {}
  void on(Message<Tick> tick, Context& context) {
    const Tick twin(tick->number());
    if (tick->number() % 2 == 0) context.forward(next, std::move(tick));
    context.send(next, twin);
  }
  Ref<Sum> next;
};

struct Changing : buskin::Actor<Tick, Add, buskin::Ask<Read, Total>> {
  void on(Message<Tick>, Context& context) {
    n = 1;
    context.become<Tick>([this](Message<Tick> tick) { n = tick->number(); });
  }
  void on(Message<Add>, Context& context) { context.unbecome<Tick>(); }
  void on(Message<Read>, ReplyTo<Total> reply) { reply(n); }
  std::uint64_t n = 0;
};

/// Sends, then throws at its first attempt: nothing of that attempt may leave.
struct Exact : buskin::Actor<buskin::Init<Settings>, Tick> {
  static constexpr auto delivery = buskin::Delivery::ExactlyOnce;
  explicit Exact(const Settings& settings) : next(*settings.next()) {}
  void on(Message<Tick> tick, Context& context) {
    context.send(next, *tick);
    if (tick.attempt() == 1) throw std::runtime_error("first attempt");
  }
  Ref<Sum> next;
};

class Turns : public Conformance {};

TEST_P(Turns, AKeptMessageOutlivesItsTurn) {
  const auto keeper = system_.create<Keeper>();
  system_.send<buskin::Text>(*keeper, "remember");
  EXPECT_EQ(system_.ask<Read>(*keeper, 30s)->text()->str(), "remember");
}

TEST_P(Turns, ForwardsAndSendsOfOneTurnKeepTheirOrder) {
  const auto sum = system_.create<Sum>();
  const auto relay = system_.create<Relay>(buskin::Address(*sum));
  for (std::uint32_t i = 1; i <= 4; ++i) system_.send(*relay, Tick(i));
  system_.exit(*relay);
  // Ends: when all have arrived, or the test's own time limit.
  while (read(*sum) < 122'344) {
  }
  EXPECT_EQ(read(*sum), 122'344u);
}

TEST_P(Turns, ABecomeStandsInFrontOfTheActorsOwnHandler) {
  const auto changing = system_.create<Changing>();
  system_.send(*changing, Tick(7));
  EXPECT_EQ(read(*changing), 1u);
  system_.send(*changing, Tick(7));
  EXPECT_EQ(read(*changing), 7u);
  system_.send<Add>(*changing, 0);
  system_.send(*changing, Tick(7));
  EXPECT_EQ(read(*changing), 1u) << "its own handler again";
}

TEST_P(Turns, AnExactlyOnceTurnSendsNothingOfAFailedAttempt) {
  const auto sum = system_.create<Sum>();
  const auto exact = system_.create<Exact>(buskin::Address(*sum));
  for (std::uint32_t i = 1; i <= 3; ++i) system_.send(*exact, Tick(i));
  // Ends: when all have arrived, or the test's own time limit.
  while (read(*sum) < 123) {
  }
  EXPECT_EQ(read(*sum), 123u);
}

TEST_P(Turns, ADraftArrivesAsItWasBuilt) {
  const auto hello = system_.create<Hello>();
  auto inbox = system_.inbox();
  auto draft = system_.draft<Greet>(64);
  draft.finish(CreateGreet(draft.builder(), draft.builder().CreateString(std::string(5'000, 'x'))));
  system_.send(inbox.address(), std::move(draft));
  std::size_t bytes = 0;
  inbox.poll([&](buskin::AnyMessage& message) { bytes = message.as<Greet>()->name()->size(); });
  EXPECT_EQ(bytes, 5'000u);
}

INSTANTIATE_TEST_SUITE_P(Bases, Turns, kBases, name_of_base);

}  // namespace conformance::turns
