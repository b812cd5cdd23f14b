// crash_test: an actor that dies goes on, as if it had only taken longer.
//
// Real signals in processes of their own; on the bases that live in one process the crash is injected, and
// the same repairer mends what it leaves.
#include "tests/support/dying.hpp"
#include "herald.hpp"
#include "inside.hpp"
#include "tests/support/ledger.hpp"
#include "tests/support/chosen.hpp"

namespace conformance::crash {

using dying::die;

/// Dies of signal `count` in the first `kind` attempts at an Order, then says which attempt it is.
struct Mortal : buskin::Actor<buskin::Ask<Order, Reply>, Add, buskin::Ask<Read, Total>, Tick> {
  void on(Message<Order> order, ReplyTo<Reply> reply) {
    if (order.attempt() <= order->kind()) die(static_cast<int>(order->count()));
    reply("attempt " + std::to_string(order.attempt()) + (order.redelivered() ? " again" : " first"));
  }
  void on(Message<Add> add) { n += add->by(); }
  void on(Message<Tick>) { die(SIGKILL); }
  void on(Message<Read>, ReplyTo<Total> reply) { reply(n); }
  void on_restart(Context&) { n = 1'000; }
  std::uint64_t n = 0;
};

using ledger::Ledger;

/// Passes on what it gets, exactly once, and dies while it does.
struct Bridge : buskin::Actor<buskin::Init<Settings>, Add> {
  static constexpr auto delivery = buskin::Delivery::ExactlyOnce;
  explicit Bridge(const Settings& settings) : next(*settings.next()) {}
  void on(Message<Add> add, Context& context) {
    context.send<Add>(next, add->by());
    if (add.attempt() == 1 && add->by() % 4 == 0) die(SIGKILL);
    context.forward(next, std::move(add));
  }
  Ref<Mortal> next;
};

/// Tells what it sees of each Tick: its number, and whether it may have been seen before.
struct Witness : buskin::Actor<Tick, buskin::Ask<Report, Reply>> {
  void on(Message<Tick> tick) { seen += std::to_string(tick->number()) + (tick.redelivered() ? "+" : " "); }
  void on(Message<Report>, ReplyTo<Reply> reply) { reply(seen); }
  std::string seen;
};

/// Passes each Tick on, at least once, and dies after it in the first attempt at a 2.
struct Repeater : buskin::Actor<buskin::Init<Settings>, Tick> {
  explicit Repeater(const Settings& settings) : next(*settings.next()) {}
  void on(Message<Tick> tick, Context& context) {
    context.send(next, *tick);
    if (tick->number() == 2 && tick.attempt() == 1) die(SIGKILL);
  }
  Ref<Witness> next;
};

/// At most once: what kills it is lost, and not repeated.
struct Careless : buskin::Actor<Tick, buskin::Ask<Read, Total>> {
  static constexpr auto delivery = buskin::Delivery::AtMostOnce;
  void on(Message<Tick> tick) {
    if (tick->number() == 2) die(SIGKILL);
    n = n * 10 + tick->number();
  }
  void on(Message<Read>, ReplyTo<Total> reply) { reply(n); }
  void on_restart(Context&) { n = 9; }
  std::uint64_t n = 0;
};

/// Never answers by itself, and dies when it is told to.
struct Debtor : buskin::Actor<buskin::Ask<Read, Total>, Tick> {
  void on(Message<Read>, ReplyTo<Total> reply) { kept.push_back(std::move(reply)); }
  void on(Message<Tick> tick) {
    if (tick->number() == 0 && tick.attempt() == 1) die(SIGKILL);
    for (auto& reply : kept) reply(tick->number());
    kept.clear();
  }
  std::vector<ReplyTo<Total>> kept;
};

class Crash : public Heralds {
 protected:
  buskin::Answer<Reply> order(buskin::Ref<Mortal> actor, int signal, std::uint8_t attempts) {
    return system_.ask<Order>(actor, 60s, attempts, buskin::Address(actor), static_cast<std::uint32_t>(signal));
  }
};

TEST_P(Crash, AnAskerNoticesNothingButTime) {
  const auto mortal = system_.create<Mortal>();
  EXPECT_EQ(order(*mortal, SIGKILL, 1)->text()->str(), "attempt 2 again");
  EXPECT_EQ(order(*mortal, SIGKILL, 0)->text()->str(), "attempt 1 first");
}

TEST_P(Crash, WhoeverWaitsBehindTheMessageInHandIsAnsweredByTheNewInstance) {
  const auto mortal = system_.create<Mortal>();
  system_.send<Add>(*mortal, 5u);
  auto first = system_.request<Order>(*mortal, 60s, std::uint8_t{1}, buskin::Address(*mortal), std::uint32_t{SIGKILL});
  system_.send<Add>(*mortal, 7u);
  auto second = system_.request<Read>(*mortal, 60s);
  EXPECT_EQ(first.wait()->text()->str(), "attempt 2 again");
  // Members are gone, what waited in the mailbox is not, and the address is the same.
  EXPECT_EQ(second.wait()->n(), 1'007u);
}

TEST_P(Crash, AFatalSignalTwiceComesBackWithItsName) {
  const bool is_caught = buskin::test::kIsSanitized && GetParam() == buskin::Base::Processes;
  if (is_caught) GTEST_SKIP() << "the sanitizer has the signal";
  const auto mortal = system_.create<Mortal>();
  const auto answer = order(*mortal, SIGSEGV, 9);
  EXPECT_EQ(answer.error().code(), buskin::Code::ActorDied);
  EXPECT_EQ(std::string(answer.error().what()).substr(0, 27), "the handler died of SIGSEGV");
  EXPECT_EQ(read(*mortal), 1'000u);
}

TEST_P(Crash, AMessageThatIsKilledTooOftenComesBack) {
  const auto mortal = system_.create<Mortal>({.supervise = {.kills_max = 3}});
  const auto answer = order(*mortal, SIGKILL, 9);
  EXPECT_EQ(answer.error().code(), buskin::Code::ActorDied);
  EXPECT_STREQ(answer.error().what(), "the process died 3 times while it handled this message");
  EXPECT_EQ(read(*mortal), 1'000u);
}

TEST_P(Crash, APoisonedMessageComesBackToItsSenderWithTheReason) {
  const auto mortal = system_.create<Mortal>({.supervise = {.kills_max = 2}});
  Heralds::order(kTicks, *mortal);
  EXPECT_EQ(report_of(1), "1 poison: the process died 2 times while it handled this message");
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

TEST_P(Crash, WhatAnAtLeastOnceTurnHadSentStandsAndIsSentAgainWithAFlag) {
  const auto witness = system_.create<Witness>();
  const auto repeater = system_.create<Repeater>(buskin::Address(*witness));
  for (const std::uint32_t number : {1u, 2u, 3u}) system_.send(*repeater, Tick(number));
  std::string seen;
  // Ends: when the last one has come, or with the test's own time limit.
  while (seen.find('3') == std::string::npos) seen = system_.ask<Report>(*witness, 60s)->text()->str();
  EXPECT_EQ(seen, "1 2 2+3 ");
}

TEST_P(Crash, AtMostOnceLosesTheMessageInHandAndCountsIt) {
  const auto careless = system_.create<Careless>();
  for (const std::uint32_t number : {1u, 2u, 3u}) system_.send(*careless, Tick(number));
  EXPECT_EQ(read(*careless), 93u);
  EXPECT_EQ(counted(system_, shm::Counter::LostInHand, 1), 1u);
}

TEST_P(Crash, AnAnswerThatADeadActorOwedIsGivenByTheRepairer) {
  const auto debtor = system_.create<Debtor>();
  auto first = system_.request<Read>(*debtor, 60s);
  system_.send(*debtor, Tick(7));
  EXPECT_EQ(first.wait()->n(), 7u);
  auto second = system_.request<Read>(*debtor, 60s);
  system_.send(*debtor, Tick(0));
  EXPECT_EQ(second.wait().error().code(), buskin::Code::ActorRestarted);
  auto third = system_.request<Read>(*debtor, 60s);
  system_.send(*debtor, Tick(3));
  EXPECT_EQ(third.wait()->n(), 3u);
}

TEST_P(Crash, NothingIsLostInTheSegment) {
  const auto mortal = system_.create<Mortal>();
  for (std::uint8_t i = 0; i < 5; ++i) EXPECT_TRUE(order(*mortal, SIGKILL, 1).ok());
  EXPECT_EQ(findings(system_), "");
}

INSTANTIATE_TEST_SUITE_P(Bases, Crash, kBases, name_of_base);

/// Where one process is the system, a test says from outside which turn ends in a crash.
class PlannedCrash : public Conformance {};

TEST_P(PlannedCrash, ATurnIsRepeatedThatWasAllButComplete) {
  const auto ledger = system_.create<Ledger>();
  buskin::runtime::crash_in_turn(*ledger, 2);
  for (int i = 0; i < 3; ++i) system_.send<Add>(*ledger, 2u);
  EXPECT_EQ(read(*ledger), 6u);
  EXPECT_EQ(counted(system_, shm::Counter::Restarted, 1), 1u);
  EXPECT_EQ(counted(system_, shm::Counter::Redelivered, 1), 1u);
}

TEST_P(PlannedCrash, AnAnswerGivenBeforeItIsGivenAgain) {
  const auto mortal = system_.create<Mortal>();
  buskin::runtime::crash_in_turn(*mortal, 1);
  EXPECT_EQ(read(*mortal), 0u);
  EXPECT_EQ(read(*mortal), 1'000u);
}

INSTANTIATE_TEST_SUITE_P(Bases, PlannedCrash, ::testing::Values(buskin::Base::Threads, buskin::Base::Sequential),
                         name_of_base);

std::string seen_with_a_crash(std::uint64_t seed) {
  buskin::SystemOptions options;
  options.base = buskin::Base::Sequential;
  options.private_system = true;
  options.seed = seed;
  buskin::ActorSystem system(options);
  const auto witness = *system.create<Witness>();
  std::string text = witness.address().to_string() + ": ";
  for (std::uint32_t i = 0; i < 3; ++i) {
    const auto repeater = system.create<Repeater>(buskin::Address(witness));
    buskin::runtime::crash_in_turn(*repeater, 3);
    for (const std::uint32_t number : {1u, 2u, 3u, 4u}) system.send(*repeater, Tick(10 * i + number));
  }
  system.run_until_idle();
  return text + system.ask<Report>(witness, 60s)->text()->str();
}

TEST(SequentialCrash, IsTheSameInEveryRunOfASeed) {
  const std::string first = seen_with_a_crash(7);
  EXPECT_NE(first.find('+'), std::string::npos);
  EXPECT_EQ(seen_with_a_crash(7), first);
}

}  // namespace conformance::crash
