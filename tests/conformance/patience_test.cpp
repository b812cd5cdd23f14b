// patience_test: who waits for room for how long, circles of waiters, limits on bytes that no wait helps.
#include "herald.hpp"
#include "inside.hpp"

namespace conformance::patience {

using buskin::Code;
using buskin::WhenFull;

/// Passes the number of each tick on, in a turn that happens once.
struct Relay : buskin::Actor<buskin::Init<Settings>, Tick> {
  static constexpr auto delivery = buskin::Delivery::ExactlyOnce;
  explicit Relay(const Settings& settings) : next(*settings.next()) {}
  void on(Message<Tick> tick, Context& context) { context.send(next, Tick(tick->number())); }
  Ref<Dozer> next;
};

/// Sends texts of 400 bytes, and counts those that it gets and those that come back.
template <buskin::Delivery kDelivery>
struct Glutton : buskin::Actor<Order, buskin::Bytes, buskin::Undeliverable, buskin::Ask<Report, Reply>> {
  static constexpr auto delivery = kDelivery;
  void on(Message<Order> order, Context& context) {
    for (std::uint32_t i = 0; i < order->count(); ++i) {
      context.send<buskin::Bytes>(Address(*order->to()), std::string(400, 'x'));
    }
  }
  void on(Message<buskin::Bytes>) { ++got; }
  void on(Message<buskin::Undeliverable>) { ++back; }
  void on(Message<Report>, ReplyTo<Reply> reply) { reply(std::to_string(got + back)); }
  std::uint64_t got = 0;
  std::uint64_t back = 0;
};
using Plain = Glutton<buskin::Delivery::AtLeastOnce>;
using Exact = Glutton<buskin::Delivery::ExactlyOnce>;

class Patience : public Heralds {
 protected:
  /// Two that send each other three texts for each of twenty orders. All are accounted for, long before an hour.
  template <class A>
  void expect_no_deadlock(const buskin::MailboxOptions& mailbox) {
    const auto first = system_.create<A>({.mailbox = mailbox});
    const auto second = system_.create<A>({.mailbox = mailbox});
    for (int i = 0; i < 20; ++i) {
      system_.send<Order>(*first, 0, buskin::Address(*second), 3u);
      system_.send<Order>(*second, 0, buskin::Address(*first), 3u);
    }
    std::uint64_t sum = 0;
    // Ends: when all texts are accounted for, or with the test's own time limit.
    while (sum < 120) sum = accounted_by(*first) + accounted_by(*second);
    EXPECT_EQ(sum, 120u);
  }

 private:
  template <class A>
  std::uint64_t accounted_by(buskin::Ref<A> actor) {
    const auto answer = system_.ask<Report>(actor, 60s);
    EXPECT_TRUE(answer.ok()) << answer.error().what();
    return answer.ok() ? std::stoull(answer->text()->str()) : 0;
  }
};

TEST_P(Patience, AnExactlyOnceActorLosesNothingToASlowReceiver) {
  const auto slow = system_.create<Dozer>({.mailbox = {.capacity = 2, .wait = 1ms}});
  const auto relay = system_.create<Relay>(buskin::Address(*slow));
  doze(*slow);
  for (std::uint32_t i = 1; i <= 9; ++i) system_.send(*relay, Tick(i));
  if (GetParam() != buskin::Base::Sequential) {
    EXPECT_GE(counted(system_, shm::Counter::SendWaits, 1), 1u);
    // It begins to wait after the relay, and its time is over before the gate opens.
    order(kTicks, *slow, 1);
    EXPECT_EQ(report_of(1).substr(0, 15), "1 mailbox_full:");
  }
  open_gate();
  // Ends: when all have arrived, or with the test's own time limit.
  std::uint64_t n = 0;
  while (n < 123'456'789) {
    const auto answer = system_.ask<Read>(*slow, 30s);
    // The question waits a millisecond for room, and the relay's ticks may have taken all of it.
    ASSERT_TRUE(answer.ok() || answer.error().code() == Code::MailboxFull) << answer.error().what();
    if (answer.ok()) n = answer->n();
  }
  EXPECT_EQ(n, 123'456'789u);
}

TEST_P(Patience, AWaitForEverWaits) {
  const auto slow = system_.create<Dozer>({.mailbox = {.capacity = 2, .wait = buskin::kForever}});
  doze(*slow);
  order(kTicks, *slow, 9);
  if (GetParam() != buskin::Base::Sequential) {
    EXPECT_GE(counted(system_, shm::Counter::SendWaits, 1), 1u);
  }
  open_gate();
  // Ends: when all have arrived, or with the test's own time limit.
  while (read(*slow) < 123'456'789) {
  }
  EXPECT_EQ(report(), "0 nothing");
}

TEST_P(Patience, AnActorThatWaitsForEverStillEndsWhenItIsTold) {
  if (GetParam() == buskin::Base::Sequential) GTEST_SKIP() << "there the receiver makes room";
  const auto slow = system_.create<Dozer>({.mailbox = {.capacity = 2}});
  const auto relay = system_.create<Relay>(buskin::Address(*slow));
  doze(*slow);
  for (std::uint32_t i = 1; i <= 9; ++i) system_.send(*relay, Tick(i));
  EXPECT_GE(counted(system_, shm::Counter::SendWaits, 1), 1u);
  system_.exit(*relay, {.now = true});
  // Ends: when it is gone, or with the test's own time limit.
  while (system_.try_send(*relay, Tick(1)).code() != Code::NoSuchActor) std::this_thread::yield();
}

TEST_P(Patience, AReceiverThatEndsEndsTheWait) {
  const auto slow = system_.create<Dozer>({.mailbox = {.capacity = 2, .wait = buskin::kForever}});
  doze(*slow);
  order(kTicks, *slow, 9);
  if (GetParam() != buskin::Base::Sequential) {
    EXPECT_GE(counted(system_, shm::Counter::SendWaits, 1), 1u);
  }
  system_.exit(*slow, {.now = true});
  open_gate();
  EXPECT_NE(report_of(1).find(" no_such_actor:"), std::string::npos) << report();
}

TEST_P(Patience, TwoThatWaitForPlacesInEachOthersMailboxesGoOn) {
  expect_no_deadlock<Plain>({.capacity = 2, .wait = 1h});
}

TEST_P(Patience, TwoExactlyOnceActorsGoOnAsWell) { expect_no_deadlock<Exact>({.capacity = 2}); }

TEST_P(Patience, TwoThatWaitForBytesInEachOthersMailboxesGoOn) {
  expect_no_deadlock<Plain>({.bytes = 1'000, .wait = 1h});
}

TEST_P(Patience, AnActorThatWouldWaitForBytesOfItsOwnIsTold) {
  const auto plain = system_.create<Plain>({.mailbox = {.bytes = 1'000, .wait = 1h}});
  system_.send<Order>(*plain, 0, buskin::Address(*plain), 5u);
  std::string text;
  // Ends: when all five are accounted for, or with the test's own time limit.
  do {
    text = system_.ask<Report>(*plain, 30s)->text()->str();
  } while (!text.starts_with("5"));
  EXPECT_EQ(text, "5");
}

TEST_P(Patience, AMessageThatIsLargerThanTheLimitOfBytesIsRefusedAtOnce) {
  const auto dozer = system_.create<Dozer>({.mailbox = {.bytes = 1'000, .wait = 1h}});
  order(kBytes, *dozer, 1'001);
  EXPECT_EQ(report_of(1),
            "1 too_big: the message has 1001 bytes, and its receiver's mailbox.bytes is 1000: send it in parts, or "
            "raise mailbox.bytes");
  order(kBytes, *dozer, 1'000);
  // Ends: when it has arrived, or with the test's own time limit.
  while (read(*dozer) < 1'000) {
  }
}

TEST_P(Patience, KeepLatestKeepsTheLatestBytes) {
  const auto dozer = system_.create<Dozer>({.mailbox = {.bytes = 1'000, .when_full = WhenFull::KeepLatest}});
  doze(*dozer);
  for (const std::size_t bytes : {401u, 402u, 403u, 404u}) {
    EXPECT_TRUE(system_.try_send<buskin::Bytes>(*dozer, std::string(bytes, 'x')).ok());
  }
  EXPECT_EQ(system_.try_send<buskin::Bytes>(*dozer, std::string(1'001, 'x')).code(), Code::TooBig);
  open_gate();
  EXPECT_EQ(read(*dozer), 403u + 404u);
  EXPECT_EQ(counted(system_, shm::Counter::Overrun, 2), 2u);
  EXPECT_EQ(findings(system_), "");
}

TEST_P(Patience, KeepLatestDoesNotSkipTheRequestToEnd) {
  const auto dozer = system_.create<Dozer>({.mailbox = {.capacity = 2, .when_full = WhenFull::KeepLatest}});
  doze(*dozer);
  system_.exit(*dozer);
  EXPECT_TRUE(system_.try_send(*dozer, Tick(1)).ok());
  EXPECT_TRUE(system_.try_send(*dozer, Tick(2)).ok());
  open_gate();
  // Ends: when it is gone, or with the test's own time limit.
  while (system_.ask<Read>(*dozer, 30s).error().code() != Code::NoSuchActor) {
  }
}

INSTANTIATE_TEST_SUITE_P(Bases, Patience, kBases, name_of_base);

}  // namespace conformance::patience
