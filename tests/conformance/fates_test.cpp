// fates_test: for every message that was accepted exactly one fate: who hears of it, which counter.
//
// After each test the sum is checked: what was completed is what the counters say.
#include <algorithm>

#include "tests/support/dying.hpp"
#include "herald.hpp"
#include "inside.hpp"

namespace conformance::fates {

using buskin::Code;
using dying::die;
using shm::Counter;

/// At most once: 0 throws, 1 crashes.
struct Fickle : buskin::Actor<Tick, buskin::Ask<Read, Total>> {
  static constexpr auto delivery = buskin::Delivery::AtMostOnce;
  void on(Message<Tick> tick) {
    if (tick->number() == 0) throw std::runtime_error("fickle");
    if (tick->number() == 1) die(SIGKILL);
  }
  void on(Message<Read>, ReplyTo<Total> reply) { reply(1u); }
};

/// Throws at every Tick; crashes at every Pause, and stops then.
struct Hopeless : buskin::Actor<Tick, Pause, buskin::Ask<Read, Total>> {
  void on(Message<Tick>) { throw std::runtime_error("hopeless"); }
  void on(Message<Pause>) { die(SIGKILL); }
  void on(Message<Read>, ReplyTo<Total> reply) { reply(1u); }
};

/// Answers late: when the next question comes.
struct Slow : buskin::Actor<buskin::Ask<Read, Total>> {
  void on(Message<Read>, ReplyTo<Total> reply) {
    if (kept) (*kept)(7u);
    kept.emplace(std::move(reply));
  }
  std::optional<ReplyTo<Total>> kept;
};

class Fates : public Heralds {
 protected:
  void SetUp() override { ASSERT_TRUE(system_.dead_letters(inbox_.address()).ok()); }
  void TearDown() override {
    open_gate();
    system_.run_until_idle();
    const shm::FateReport report = fates();
    EXPECT_TRUE(report.is_steady);
    EXPECT_EQ(report.finding, "");
  }
  shm::FateReport fates() {
    const shm::Segment& segment = segment_of(system_);
    return shm::check_fates(segment, [&](shm::ProcessIndex index) { return shm::is_member_alive(segment, index, ""); });
  }
  /// Waits for the next dead letter about a message of this type.
  buskin::DeadLetter letter(std::string_view type) {
    buskin::DeadLetter found{};
    // Ends: when it came, or with the test's own time limit.
    while (found.type_name.view() != type) {
      (void)inbox_.wait(1s);
      inbox_.poll([&](buskin::AnyMessage& message) {
        if (const auto* const one = message.as<buskin::DeadLetter>()) found = *one;
      });
    }
    return found;
  }
  std::uint64_t count(Counter counter) { return counted(system_, counter); }
  /// When it has become so many.
  std::uint64_t count(Counter counter, std::uint64_t least) { return counted(system_, counter, least); }
  void wait_until_gone(const buskin::Address& actor) {
    const shm::ActorId id{static_cast<shm::ActorIndex>(actor.index()), actor.generation()};
    // Ends: when it is gone, and what it says of its mail is said; or with the test's own time limit.
    while (shm::life_of(segment_of(system_), id).state != shm::LifeState::Free) system_.run_until_idle();
  }
  buskin::Inbox inbox_ = system_.inbox();
};

TEST_P(Fates, WhatIsHandledIsCountedAsThat) {
  const auto sum = system_.create<Sum>();
  const std::uint64_t before = count(Counter::Handled);
  for (std::uint32_t i = 0; i < 9; ++i) system_.send(*sum, Tick(i));
  (void)read(*sum);
  EXPECT_GE(count(Counter::Handled, before + 10), before + 10);
  EXPECT_EQ(count(Counter::Poison), 0u);
}

TEST_P(Fates, WhatFailsAsOftenAsItMayIsPoisonForItsSender) {
  const auto hopeless = system_.create<Hopeless>();
  order(kTicks, *hopeless, 3);
  EXPECT_EQ(report_of(3), "3 poison: hopeless");
  EXPECT_EQ(count(Counter::Poison, 3u), 3u);
  EXPECT_EQ(count(Counter::FailedTurns, 6u), 6u);
}

TEST_P(Fates, WhatNobodyHandlesIsPoisonForItsSender) {
  const auto hello = system_.create<Hello>();
  order(kTicks, *hello, 2);
  EXPECT_EQ(report_of(2), "2 poison: the receiver does not list this message");
  EXPECT_EQ(count(Counter::Poison, 2u), 2u);
}

TEST_P(Fates, WhatFindsNoReceiverIsADeadLetterWithItsReason) {
  const auto brief = system_.create<Hello>();
  system_.exit(*brief);
  wait_until_gone(*brief);
  const auto dozer = system_.create<Dozer>();
  const auto full = system_.create<Dozer>({.mailbox = {.capacity = 2, .when_full = buskin::WhenFull::Fail}});
  doze(*full);
  struct Row {
    OrderKind kind;
    buskin::Address to;
    Code code;
    Counter counter;
  };
  std::uint64_t back = 0;
  for (const Row& row : {Row{kOneTooMany, *full, Code::MailboxFull, Counter::DeadFull},
                         Row{kTicks, *brief, Code::NoSuchActor, Counter::DeadGone},
                         Row{kTicks, buskin::Address(1, 2, 3), Code::BadAddress, Counter::DeadUnreachable},
                         Row{kExpired, *dozer, Code::Expired, Counter::DeadExpired}}) {
    const std::uint64_t before = count(row.counter);
    order(row.kind, row.to);
    const std::string expected = std::to_string(++back) + " " + buskin::to_string(row.code) + ": ";
    EXPECT_EQ(report_of(back).substr(0, expected.size()), expected);
    const buskin::DeadLetter told = letter("calls.Tick");
    EXPECT_EQ(told.code, row.code);
    EXPECT_EQ(told.receiver, row.to);
    EXPECT_EQ(told.sender, herald_.address());
    EXPECT_EQ(count(row.counter, before + 1), before + 1) << shm::label_of(row.counter);
  }
}

TEST_P(Fates, WhatIsTooBigIsADeadLetter) {
  buskin::SystemOptions small = options();
  small.message_max = 1'000;
  buskin::ActorSystem system(small);
  auto inbox = system.inbox();
  ASSERT_TRUE(system.dead_letters(inbox.address()).ok());
  system.send<buskin::Bytes>(inbox.address(), std::string(1'001, 'x'));
  EXPECT_EQ(counted(system, Counter::DeadTooBig), 1u);
  Code code{};
  inbox.poll([&](buskin::AnyMessage& message) { code = message.as<buskin::DeadLetter>()->code; });
  EXPECT_EQ(code, Code::TooBig);
}

TEST_P(Fates, WhatFindsNoMemoryIsADeadLetter) {
  buskin::SystemOptions small = options();
  small.memory_max = 8 << 20;
  buskin::ActorSystem system(small);
  auto inbox = system.inbox();
  ASSERT_TRUE(system.dead_letters(inbox.address()).ok());
  system.send<buskin::Bytes>(inbox.address(), std::string(16 << 20, 'x'));
  EXPECT_EQ(counted(system, Counter::DeadNoMemory), 1u);
  Code code{};
  inbox.poll([&](buskin::AnyMessage& message) { code = message.as<buskin::DeadLetter>()->code; });
  EXPECT_EQ(code, Code::NoMemory);
}

TEST_P(Fates, WhatLaysInTheMailboxOfOneThatCrashedAndStoppedComesBack) {
  const auto hopeless = system_.create<Hopeless>({.supervise = {.on_crash = buskin::Decision::Stop}});
  system_.send<Pause>(*hopeless, "");
  order(kTicks, *hopeless, 1);
  EXPECT_EQ(report_of(1), "1 no_such_actor: the actor of this address is gone");
  EXPECT_EQ(letter("calls.Tick").code, Code::NoSuchActor);
}

TEST_P(Fates, WhatAtMostOnceLosesIsADeadLetterAndTheSenderHearsNothing) {
  const auto fickle = system_.create<Fickle>();
  for (const std::uint32_t number : {0u, 1u}) {
    system_.send(*fickle, Tick(number));
    const buskin::DeadLetter told = letter("calls.Tick");
    EXPECT_EQ(told.code, Code::LostInHand);
    EXPECT_EQ(told.receiver, fickle->address());
    EXPECT_EQ(read(*fickle), 1u);
    EXPECT_EQ(count(Counter::LostInHand, number + 1u), number + 1u);
  }
}

TEST_P(Fates, WhatKeepLatestSkipsIsOverrun) {
  const auto dozer = system_.create<Dozer>({.mailbox = {.capacity = 3, .when_full = buskin::WhenFull::KeepLatest}});
  doze(*dozer);
  for (std::uint32_t i = 1; i <= 5; ++i) ASSERT_TRUE(system_.try_send(*dozer, Tick(i)).ok());
  open_gate();
  // Ends: when there is room for a question, which counts as newest, too; or with the test's own time limit.
  while (!system_.ask<Read>(*dozer, 30s)) {
  }
  EXPECT_GE(count(Counter::Overrun, 2u), 2u);
}

TEST_P(Fates, AnAnswerAfterItsDeadlineIsLate) {
  const auto slow = system_.create<Slow>();
  const auto first = system_.ask<Read>(*slow, 100ms);
  EXPECT_EQ(first.error().code(), Code::TimedOut) << "the question came in time, and its answer does not";
  auto second = system_.request<Read>(*slow, 60s);
  auto third = system_.request<Read>(*slow, 60s);
  EXPECT_EQ(second.wait()->n(), 7u);
  EXPECT_EQ(count(Counter::LateReply, 1u), 1u);
}

TEST_P(Fates, NoticesNeverProduceNotices) {
  const auto hopeless = system_.create<Hopeless>();
  const auto brief = system_.create<Hello>();
  system_.exit(*brief);
  wait_until_gone(*brief);
  // A handler of dead letters that is gone, and a sender that lists neither notice.
  const auto deaf = system_.create<Hello>();
  ASSERT_TRUE(system_.dead_letters(*deaf).ok());
  system_.exit(*deaf);
  wait_until_gone(*deaf);
  const std::uint64_t gone = count(Counter::DeadGone);
  order(kTicks, *brief, 1);
  EXPECT_EQ(report_of(1), "1 no_such_actor: the actor of this address is gone");
  EXPECT_EQ(count(Counter::DeadGone, gone + 1), gone + 1);
  order(kTicks, *hopeless, 1);
  EXPECT_EQ(report_of(2), "2 poison: hopeless");
  EXPECT_EQ(count(Counter::Poison, 1u), 1u);
}

TEST_P(Fates, WhatIsRefusedAtOnceIsCountedToo) {
  const auto mute = system_.create<Mute>();
  EXPECT_EQ(system_.ask<Greet>(*mute, 60s, "?").error().code(), Code::NoReply);
  EXPECT_EQ(count(Counter::NoReply, 1u), 1u);
  system_.exit(*mute);
  wait_until_gone(*mute);
  EXPECT_EQ(system_.try_send<Greet>(*mute, "?").code(), Code::NoSuchActor);
  EXPECT_EQ(count(Counter::Refused, 1u), 1u);
}

TEST_P(Fates, TheSumHoldsOverAMixtureAndACountThatIsWrongIsFound) {
  const auto fickle = system_.create<Fickle>();
  const auto hopeless = system_.create<Hopeless>();
  const auto sum = system_.create<Sum>();
  for (std::uint32_t i = 0; i < 30; ++i) {
    system_.send(*fickle, Tick(i % 3));
    system_.send(*hopeless, Tick(i));
    system_.send(*sum, Tick(i));
    order(kExpired, *sum);
  }
  system_.exit(herald_);
  for (const std::uint64_t n : {read(*fickle), read(*hopeless)}) EXPECT_EQ(n, 1u);
  wait_until_gone(herald_);
  EXPECT_EQ(fates().finding, "");
  // Processes: 20 deaths leave room for what they had not counted.
  const std::uint64_t wrong = fates().sums.uncounted_max + 1;
  for (const std::uint64_t by : {wrong, 0 - wrong}) {
    shm::Atomic<std::uint64_t>& cell =
        segment_of(system_).thread(shm::ThreadIndex{1}).counters[static_cast<std::size_t>(Counter::Overrun)];
    const std::uint64_t whole = cell.load_relaxed();
    cell.store_relaxed(whole + by);
    EXPECT_NE(fates().finding.find("messages were completed"), std::string::npos);
    cell.store_relaxed(whole);
  }
}

INSTANTIATE_TEST_SUITE_P(Bases, Fates, kBases, name_of_base);

}  // namespace conformance::fates
