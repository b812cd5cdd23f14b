// conformance_crash_test: an actor whose process dies goes on, as if it had only taken longer.
//
// Real signals in real processes; the bases that live in one process would die with it.
#include <csignal>

#include "herald.hpp"
#include "ledger.hpp"

namespace conformance {

/// Dies of signal `count` in the first `kind` attempts at an Order, then says which attempt it is.
struct Mortal : buskin::Actor<buskin::Ask<Order, Reply>, Add, buskin::Ask<Read, Total>> {
  void on(Message<Order> order, ReplyTo<Reply> reply) {
    if (order.attempt() <= order->kind()) ::raise(static_cast<int>(order->count()));
    reply("attempt " + std::to_string(order.attempt()) + (order.redelivered() ? " again" : " first"));
  }
  void on(Message<Add> add) { n += add->by(); }
  void on(Message<Read>, ReplyTo<Total> reply) { reply(n); }
  std::uint64_t n = 0;
};

using ledger::Ledger;

/// Passes on what it gets, exactly once, and dies while it does.
struct Bridge : buskin::Actor<buskin::Init<Settings>, Add> {
  static constexpr auto delivery = buskin::Delivery::ExactlyOnce;
  explicit Bridge(const Settings& settings) : next(*settings.next()) {}
  void on(Message<Add> add, Context& context) {
    context.send<Add>(next, add->by());
    if (add.attempt() == 1 && add->by() % 4 == 0) ::raise(SIGKILL);
    context.forward(next, std::move(add));
  }
  Ref<Mortal> next;
};

class Crash : public Heralds {
 protected:
  void SetUp() override {
    if (GetParam() != buskin::Base::Processes) GTEST_SKIP() << "a signal ends the one process of this base";
  }
  buskin::Answer<Reply> die(buskin::Ref<Mortal> actor, int signal, std::uint8_t attempts) {
    return system_.ask<Order>(actor, 60s, attempts, buskin::Address(actor), static_cast<std::uint32_t>(signal));
  }
};

TEST_P(Crash, AnAskerNoticesNothingButTime) {
  const auto mortal = system_.create<Mortal>();
  EXPECT_EQ(die(*mortal, SIGKILL, 1)->text()->str(), "attempt 2 again");
  EXPECT_EQ(die(*mortal, SIGKILL, 0)->text()->str(), "attempt 1 first");
}

TEST_P(Crash, AFatalSignalTwiceComesBackWithItsName) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "the sanitizer has the signal";
#endif
  const auto mortal = system_.create<Mortal>();
  const auto answer = die(*mortal, SIGSEGV, 9);
  EXPECT_EQ(answer.error().code(), buskin::Code::ActorDied);
  EXPECT_EQ(std::string(answer.error().what()).substr(0, 27), "the handler died of SIGSEGV");
  EXPECT_EQ(read(*mortal), 0u);
}

TEST_P(Crash, SavedSumsAreExact) {
  const auto ledger = system_.create<Ledger>();
  std::uint64_t sum = 0;
  for (std::uint64_t i = 1; i <= 30; ++i) {
    system_.send<Add>(*ledger, i);
    sum += i;
  }
  EXPECT_EQ(system_.ask<Read>(*ledger, 60s)->n(), sum);
}

TEST_P(Crash, WhatAnExactlyOnceActorPassesOnArrivesOnce) {
  const auto mortal = system_.create<Mortal>();
  const auto bridge = system_.create<Bridge>(buskin::Address(*mortal));
  std::uint64_t sum = 0;
  for (std::uint64_t i = 1; i <= 20; ++i) {
    system_.send<Add>(*bridge, i);
    sum += 2 * i;
  }
  // Ends: when all have arrived, or with the test's own time limit.
  while (read(*mortal) < sum) {
  }
  EXPECT_EQ(read(*mortal), sum);
}

INSTANTIATE_TEST_SUITE_P(Processes, Crash, kBases, name_of_base);

}  // namespace conformance
