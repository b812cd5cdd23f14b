// full_test: full mailboxes: who waits, what comes back, what is skipped.
#include <vector>

#include "herald.hpp"

namespace conformance::full {

using buskin::WhenFull;

/// Sends itself more than fits.
struct Narcissus : buskin::Actor<Add, Tick, buskin::Undeliverable, buskin::Ask<Report, Reply>> {
  void on(Message<Add> add, Context& context) {
    for (std::uint64_t i = 0; i < add->by(); ++i) context.send(context.self(), Tick(1));
  }
  void on(Message<Tick>) { ++ticks; }
  void on(Message<buskin::Undeliverable> gone) {
    ++back;
    code = gone->code;
  }
  void on(Message<Report>, ReplyTo<Reply> reply) {
    reply(std::to_string(ticks + back) + (back >= 4 ? " most " : " some ") + buskin::to_string(code));
  }
  std::uint64_t ticks = 0;
  std::uint64_t back = 0;
  buskin::Code code = buskin::Code::Ok;
};

/// Sends or forwards `count` texts of 400 bytes in one exactly-once turn; counts what comes back.
struct Stager
    : buskin::Actor<buskin::Init<Settings>, Add, buskin::Bytes, buskin::Undeliverable, buskin::Ask<Report, Reply>> {
  static constexpr auto delivery = buskin::Delivery::ExactlyOnce;
  explicit Stager(const Settings& settings) : next(*settings.next()) {}
  void on(Message<Add> add, Context& context) {
    for (std::uint64_t i = 0; i < add->by(); ++i) context.send<buskin::Bytes>(next, std::string(400, 'x'));
  }
  void on(Message<buskin::Bytes> bytes, Context& context) { context.forward(next, std::move(bytes)); }
  void on(Message<buskin::Undeliverable> gone) {
    ++back;
    code = gone->code;
  }
  void on(Message<Report>, ReplyTo<Reply> reply) { reply(std::to_string(back) + " " + buskin::to_string(code)); }
  Ref<Dozer> next;
  std::uint64_t back = 0;
  buskin::Code code = buskin::Code::Ok;
};

/// Gets texts of 400 bytes from its own timers, and notices from children that end; then it stands at a gate.
struct Busy
    : buskin::Actor<Add, buskin::Bytes, buskin::ChildActorExited, buskin::Ask<Pause, Total>, buskin::Ask<Read, Total>> {
  void on(Message<Add> add, Context& context) {
    for (std::uint64_t i = 0; i < add->by(); ++i) {
      context.after<buskin::Bytes>(1us, std::string(400, 'x'));
      context.exit(context.create<Hello>());
    }
  }
  void on(Message<buskin::Bytes> bytes) { n += bytes->size(); }
  void on(Message<buskin::ChildActorExited>) { ++n; }
  void on(Message<Pause> pause, ReplyTo<Total> reply) {
    reply(n);
    stand_at(pause->gate()->str());
  }
  void on(Message<Read>, ReplyTo<Total> reply) { reply(n); }
  std::uint64_t n = 0;
};

class FullMailboxes : public Heralds {
 protected:
  /// What `stager` says when `count` of its messages have come back.
  std::string report_of_stager(buskin::Ref<Stager> stager, std::uint64_t count) {
    std::string text;
    // Ends: when they are there, or with the test's own time limit.
    do {
      text = system_.ask<Report>(stager, 30s)->text()->str();
    } while (std::stoull(text) < count);
    return text;
  }
};

TEST_P(FullMailboxes, ASenderWaitsForRoomAndKeepsTheOrder) {
  const auto sum = system_.create<Sum>({.mailbox = {.capacity = 2}});
  order(kTicks, *sum, 9);
  EXPECT_EQ(report(), "0 nothing");
  // Ends: when all have arrived, or with the test's own time limit.
  while (read(*sum) < 123'456'789) {
  }
  EXPECT_EQ(read(*sum), 123'456'789u);
}

TEST_P(FullMailboxes, AClientWaitsForRoom) {
  const auto sum = system_.create<Sum>({.mailbox = {.capacity = 1}});
  for (std::uint32_t i = 1; i <= 9; ++i) system_.send(*sum, Tick(i));
  EXPECT_EQ(read(*sum), 123'456'789u);
}

TEST_P(FullMailboxes, AMessageThatFoundNoRoomInItsTimeComesBack) {
  const auto dozer = system_.create<Dozer>({.mailbox = {.capacity = 2, .wait = 1ms}});
  doze(*dozer);
  order(kTicks, *dozer, 2);
  if (GetParam() == buskin::Base::Sequential) return;  // There the receiver makes room before time passes.
  EXPECT_EQ(report_of(1).substr(0, 15), "1 mailbox_full:");
}

TEST_P(FullMailboxes, AFullMailboxThatFailsSendsEverythingElseBack) {
  const auto dozer = system_.create<Dozer>({.mailbox = {.capacity = 2, .when_full = WhenFull::Fail}});
  doze(*dozer);
  order(kTicks, *dozer, 9);
  const std::uint64_t back = 7 + places_of_dozing();
  EXPECT_EQ(report_of(back).substr(0, 15), std::to_string(back) + " mailbox_full:");
}

TEST_P(FullMailboxes, TrySendSaysAtOnceThatThereIsNoRoom) {
  const auto dozer = system_.create<Dozer>({.mailbox = {.capacity = 2}});
  doze(*dozer);
  order(kTry, *dozer, 9);
  EXPECT_EQ(report(), std::to_string(7 + places_of_dozing()) + " nothing");
}

TEST_P(FullMailboxes, KeepLatestSkipsToTheNewest) {
  const auto dozer = system_.create<Dozer>({.mailbox = {.capacity = 3, .when_full = WhenFull::KeepLatest}});
  doze(*dozer);
  for (std::uint32_t i = 1; i <= 5; ++i) ASSERT_TRUE(system_.try_send(*dozer, Tick(i)).ok());
  open_gate();
  // Ends: when there is room for a question, which counts as newest, too; or with the test's own time limit.
  std::uint64_t n = 0;
  while (n == 0) {
    if (const auto answer = system_.ask<Read>(*dozer, 30s)) n = answer->n();
  }
  EXPECT_EQ(n % 100, 45u);
}

TEST_P(FullMailboxes, AboveTwiceTheCapacityKeepLatestRefuses) {
  const auto dozer = system_.create<Dozer>({.mailbox = {.capacity = 2, .when_full = WhenFull::KeepLatest}});
  doze(*dozer);
  std::uint32_t accepted = 0;
  while (accepted < 9 && system_.try_send(*dozer, Tick(1)).ok()) ++accepted;
  EXPECT_EQ(accepted, 4 - places_of_dozing());
  EXPECT_EQ(system_.try_send(*dozer, Tick(1)).code(), buskin::Code::MailboxFull);
}

TEST_P(FullMailboxes, ALimitOfBytesHoldsAndIsGivenBack) {
  const auto dozer = system_.create<Dozer>({.mailbox = {.bytes = 1'000, .when_full = WhenFull::Fail}});
  for (int round = 1; round <= 3; ++round) {
    doze(*dozer);
    const std::string text(400, 'x');
    EXPECT_TRUE(system_.try_send<buskin::Bytes>(*dozer, text).ok());
    EXPECT_TRUE(system_.try_send<buskin::Bytes>(*dozer, text).ok());
    EXPECT_EQ(system_.try_send<buskin::Bytes>(*dozer, text).code(), buskin::Code::MailboxFull);
    open_gate();
    EXPECT_EQ(read(*dozer), 800u * static_cast<unsigned>(round));
  }
}

TEST_P(FullMailboxes, ALimitOfBytesHoldsForStagedSends) {
  const auto dozer = system_.create<Dozer>({.mailbox = {.bytes = 1'000, .when_full = WhenFull::Fail}});
  const auto stager = system_.create<Stager>(buskin::Address(*dozer));
  for (int round = 1; round <= 3; ++round) {
    system_.send<Add>(*stager, 50u);
    EXPECT_EQ(report_of_stager(*stager, 48u * static_cast<unsigned>(round)),
              std::to_string(48 * round) + " mailbox_full");
    EXPECT_EQ(read(*dozer), 800u * static_cast<unsigned>(round));
  }
}

TEST_P(FullMailboxes, ALimitOfBytesHoldsForAllThatStageAtOnce) {
  const auto dozer = system_.create<Dozer>({.mailbox = {.bytes = 1'000, .when_full = WhenFull::Fail}});
  std::vector<buskin::Ref<Stager>> senders;
  for (int i = 0; i < 4; ++i) senders.push_back(*system_.create<Stager>(buskin::Address(*dozer)));
  doze(*dozer);
  for (const auto& stager : senders) system_.send<Add>(stager, 5u);
  std::uint64_t back = 0;
  // Ends: when as many came back as must, or with the test's own time limit.
  while (back < 18) {
    back = 0;
    for (const auto& stager : senders) back += std::stoull(report_of_stager(stager, 3));
  }
  EXPECT_EQ(back, 18u) << "of twenty messages of 400 bytes two have room";
  open_gate();
  EXPECT_EQ(read(*dozer), 800u);
}

TEST_P(FullMailboxes, ALimitOfBytesHoldsForForwards) {
  if (GetParam() == buskin::Base::Sequential) GTEST_SKIP() << "there the receiver makes room between two turns";
  const auto dozer = system_.create<Dozer>({.mailbox = {.bytes = 1'000, .when_full = WhenFull::Fail}});
  const auto stager = system_.create<Stager>(buskin::Address(*dozer));
  doze(*dozer);
  for (int i = 0; i < 5; ++i) system_.send<buskin::Bytes>(*stager, std::string(400, 'x'));
  EXPECT_EQ(report_of_stager(*stager, 3), "3 mailbox_full");
  open_gate();
  EXPECT_EQ(read(*dozer), 800u);
}

TEST_P(FullMailboxes, ALimitOfBytesWaitsForStagedSends) {
  const auto dozer = system_.create<Dozer>({.mailbox = {.bytes = 1'000}});
  const auto stager = system_.create<Stager>(buskin::Address(*dozer));
  for (int turn = 0; turn < 20; ++turn) system_.send<Add>(*stager, 2u);
  // Ends: when all have arrived, or with the test's own time limit.
  while (read(*dozer) < 16'000) {
  }
  EXPECT_EQ(report_of_stager(*stager, 0), "0 ok");
}

/// The bytes of the first two come free with the commit, which would wait for the third.
TEST_P(FullMailboxes, ATurnDoesNotWaitForBytesThatItHoldsItself) {
  const auto dozer = system_.create<Dozer>({.mailbox = {.bytes = 1'000, .wait = 1h}});
  const auto stager = system_.create<Stager>(buskin::Address(*dozer));
  system_.send<Add>(*stager, 5u);
  EXPECT_EQ(report_of_stager(*stager, 3), "3 mailbox_full");
  EXPECT_EQ(read(*dozer), 800u);
}

TEST_P(FullMailboxes, TimersAndNoticesAreNeverRefusedAndLeaveALimitOfBytesExact) {
  const auto busy = system_.create<Busy>({.mailbox = {.bytes = 1'000, .when_full = WhenFull::Fail}});
  system_.send<Add>(*busy, 5u);
  std::uint64_t n = 0;
  // Ends: when all timers have fired and all children have ended, or with the test's own time limit. Meanwhile
  // a question may be refused.
  while (n < 2'005) {
    if (const auto answer = system_.ask<Read>(*busy, 30s)) n = answer->n();
  }
  doze(*busy);
  const std::string text(400, 'x');
  EXPECT_TRUE(system_.try_send<buskin::Bytes>(*busy, text).ok());
  EXPECT_TRUE(system_.try_send<buskin::Bytes>(*busy, text).ok());
  EXPECT_EQ(system_.try_send<buskin::Bytes>(*busy, text).code(), buskin::Code::MailboxFull);
}

TEST_P(FullMailboxes, AnActorThatWouldWaitForItselfIsTold) {
  const auto narcissus = system_.create<Narcissus>({.mailbox = {.capacity = 2}});
  system_.send<Add>(*narcissus, 5u);
  std::string text;
  // Ends: when all five are accounted for, or with the test's own time limit.
  do {
    text = system_.ask<Report>(*narcissus, 30s)->text()->str();
  } while (!text.starts_with("5"));
  EXPECT_EQ(text, "5 most would_deadlock");
}

TEST_P(FullMailboxes, AnOrderToEndNowIsHeardWhileWaitingForRoom) {
  if (GetParam() == buskin::Base::Sequential) GTEST_SKIP() << "there time passes at once when nobody can run";
  const auto dozer = system_.create<Dozer>({.mailbox = {.capacity = 1, .wait = 60s}});
  doze(*dozer);
  order(kTicks, *dozer, 3);
  system_.exit(herald_, {.now = true});
  // Ends: when it is gone, or with the test's own time limit.
  while (system_.try_send<Order>(herald_, kTicks, buskin::Address(*dozer), 0u).code() != buskin::Code::NoSuchActor) {
    std::this_thread::yield();
  }
  EXPECT_EQ(system_.try_send(*dozer, Tick(1)).code(), buskin::Code::MailboxFull) << "there was still no room";
}

TEST_P(FullMailboxes, TwoThatFillEachOthersMailboxesGoOn) {
  const auto first = system_.create<Herald>({.mailbox = {.capacity = 2}});
  const auto second = system_.create<Herald>({.mailbox = {.capacity = 2}});
  for (int i = 0; i < 20; ++i) {
    system_.send<Order>(*first, kTicks, buskin::Address(*second), 3u);
    system_.send<Order>(*second, kTicks, buskin::Address(*first), 3u);
  }
  EXPECT_TRUE(system_.ask<Report>(*first, 60s).ok());
  EXPECT_TRUE(system_.ask<Report>(*second, 60s).ok());
}

INSTANTIATE_TEST_SUITE_P(Bases, FullMailboxes, kBases, name_of_base);

}  // namespace conformance::full
