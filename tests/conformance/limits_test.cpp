// limits_test: how long a question waits, what becomes of it afterwards, and continuations that throw.
#include <optional>
#include <utility>

#include "herald.hpp"
#include "inside.hpp"

namespace conformance::limits {

using buskin::Code;
using buskin::WhenFull;

/// Counts the questions that it handles. When asked to, it answers and then stands at a gate.
struct Tally : buskin::Actor<buskin::Ask<Pause, Total>, buskin::Ask<Read, Total>, Tick> {
  void on(Message<Pause> pause, ReplyTo<Total> reply) {
    reply(n);
    stand_at(pause->gate()->str());
  }
  void on(Message<Read>, ReplyTo<Total> reply) { reply(++n); }
  void on(Message<Tick>) {}
  std::uint64_t n = 0;
};

/// Asks in a turn, with a time limit in milliseconds, and says what came of it.
struct Asker : buskin::Actor<Nap, buskin::Ask<Report, Reply>> {
  void on(Message<Nap> nap, Context& context) {
    const auto before = std::chrono::steady_clock::now();
    auto pending = context.request<Read>(Ref<Tally>(Address(*nap->next())), std::chrono::milliseconds(nap->span_ms()));
    // Much longer than a call takes, and much shorter than the limits of these tests.
    has_waited = std::chrono::steady_clock::now() - before > 5s;
    pending.then([this](buskin::Answer<Total> answer) {
      said = answer.ok() ? "answered" : buskin::to_string(answer.error().code());
    });
  }
  void on(Message<Report>, ReplyTo<Reply> reply) { reply(said + (has_waited ? ", waited" : "")); }
  std::string said = "nothing";
  bool has_waited = false;
};

/// Says how much of the time for a message is left.
struct Hasty : buskin::Actor<buskin::Ask<Report, Reply>, Tick, buskin::Ask<Read, Total>> {
  void on(Message<Report>, ReplyTo<Reply> reply, Context& context) {
    reply(text_of(context.remaining()) + ", before: " + before);
  }
  void on(Message<Tick>, Context& context) { before = text_of(context.remaining()); }
  void on(Message<Read>, ReplyTo<Total> reply, Context& context) {
    auto pending = context.request<Report>(Ref<Hasty>(context.self()), *context.remaining());
    pending.then([reply = std::move(reply)](buskin::Answer<Reply> answer, Context& turn) mutable {
      reply(std::uint64_t{answer.ok() && !turn.remaining()});
    });
  }
  static std::string text_of(std::optional<buskin::Duration> left) {
    if (!left) return "for ever";
    return *left > 20s && *left <= 30s ? "some" : "not as much";
  }
  std::string before = "nothing";
};

/// Asks another one, and throws in the continuation. `late`: for want of an answer.
template <buskin::Delivery kDelivery>
struct Thrower : buskin::Actor<buskin::Init<Settings>, buskin::Ask<Greet, Reply>, Tick, buskin::Ask<Report, Reply>> {
  static constexpr auto delivery = kDelivery;
  explicit Thrower(const Settings& settings) : next(*settings.next()) {}
  void on(Message<Greet> greet, ReplyTo<Reply> reply, Context& context) {
    const auto timeout = greet->name()->str() == "late" ? 1ns : 30s;
    auto pending = context.request<Report>(next, buskin::Duration(timeout));
    pending.then([this, reply = std::move(reply)](const buskin::Answer<Reply>&, Context& turn) mutable {
      ++runs;
      turn.send(turn.self(), Tick(1));
      throw std::runtime_error("no");
    });
  }
  void on(Message<Tick>) { ++ticks; }
  void on(Message<Report>, ReplyTo<Reply> reply) { reply(std::to_string(runs) + " " + std::to_string(ticks)); }
  Ref<Thrower> next;
  int runs = 0;
  int ticks = 0;
};
using Mild = Thrower<buskin::Delivery::AtLeastOnce>;
using Exact = Thrower<buskin::Delivery::ExactlyOnce>;

class TimeLimits : public Heralds {
 protected:
  /// A mailbox of two places without one that is free, whose senders would wait for an hour.
  buskin::Ref<Tally> make_full() {
    const auto tally = system_.create<Tally>({.mailbox = {.capacity = 2, .wait = 1h}});
    doze(*tally);
    // Ends: with the room in the mailbox.
    while (system_.try_send(*tally, Tick(1)).ok()) {
    }
    return *tally;
  }
  std::string report_of_asker(buskin::Ref<Asker> asker) {
    std::string text;
    // Ends: when the answer is there, or with the test's own time limit.
    do {
      text = system_.ask<Report>(asker, 60s)->text()->str();
    } while (text == "nothing");
    return text;
  }
};

TEST_P(TimeLimits, AnAskWaitsForRoomUntilItsOwnDeadline) {
  if (GetParam() == buskin::Base::Sequential) GTEST_SKIP() << "there the receiver makes room";
  const auto full = make_full();
  EXPECT_EQ(system_.ask<Read>(full, 30ms).error().code(), Code::MailboxFull);
  open_gate();
  EXPECT_EQ(read(full), 1u) << "the one that found no room is not handled";
}

TEST_P(TimeLimits, ANegativeTimeIsOverAtOnce) {
  if (GetParam() == buskin::Base::Sequential) GTEST_SKIP() << "there the receiver makes room";
  const auto full = make_full();
  for (const buskin::Duration time : {buskin::Duration::min(), buskin::Duration(-1)}) {
    EXPECT_FALSE(system_.ask<Read>(full, time).ok());
    EXPECT_EQ(system_.listen(time, [](buskin::AnyMessage&) {}), 0u);
  }
  open_gate();
  EXPECT_EQ(read(full), 1u);
}

TEST_P(TimeLimits, AMessageThatExpiresWaitsForRoomUntilThen) {
  if (GetParam() == buskin::Base::Sequential) GTEST_SKIP() << "there the receiver makes room";
  const auto full = make_full();
  system_.send(full, {.expires = 30ms}, Tick(1));
  EXPECT_EQ(counted(system_, shm::Counter::DeadFull), 1u);
  EXPECT_EQ(counted(system_, shm::Counter::DeadExpired, 0), 0u) << "that counts messages which a mailbox had accepted";
}

TEST_P(TimeLimits, ARequestOfATurnDoesNotWait) {
  if (GetParam() == buskin::Base::Sequential) GTEST_SKIP() << "there the receiver makes room";
  const auto asker = system_.create<Asker>();
  const auto full = make_full();
  system_.send<Nap>(*asker, buskin::Address(full), 60'000u);
  EXPECT_GE(counted(system_, shm::Counter::SendWaits, 1), 1u);
  open_gate();
  EXPECT_EQ(report_of_asker(*asker), "answered");
}

TEST_P(TimeLimits, ARequestOfATurnFindsRoomUntilItsDeadlineOrFails) {
  if (GetParam() == buskin::Base::Sequential) GTEST_SKIP() << "there the receiver makes room";
  const auto asker = system_.create<Asker>();
  system_.send<Nap>(*asker, buskin::Address(make_full()), 30u);
  EXPECT_EQ(report_of_asker(*asker), "mailbox_full");
}

TEST_P(TimeLimits, AQuestionWhoseAskerGaveUpIsCountedAndNotHandled) {
  const auto tally = system_.create<Tally>();
  EXPECT_EQ(system_.ask<Read>(*tally, 1ns).error().code(), Code::TimedOut);
  EXPECT_EQ(system_.ask<Read>(*tally, 1ns).error().code(), Code::TimedOut);
  EXPECT_EQ(read(*tally), 1u) << "only this one";
  EXPECT_EQ(counted(system_, shm::Counter::DeadExpired), 2u);
  EXPECT_EQ(counted(system_, shm::Counter::LateReply), 0u) << "nobody waits for an answer";
}

TEST_P(TimeLimits, TheDeadLetterHandlerHearsOfAQuestionWhoseAskerGaveUp) {
  const auto tally = system_.create<Tally>();
  auto inbox = system_.inbox();
  ASSERT_TRUE(system_.dead_letters(inbox.address()).ok());
  EXPECT_EQ(system_.ask<Read>(*tally, 1ns).error().code(), Code::TimedOut);
  EXPECT_EQ(read(*tally), 1u);
  std::string code;
  inbox.poll([&](buskin::AnyMessage& message) {
    if (const auto* letter = message.as<buskin::DeadLetter>()) code = buskin::to_string(letter->code);
  });
  EXPECT_EQ(code, "expired");
}

TEST_P(TimeLimits, KeepLatestAnswersTheQuestionsThatItSkips) {
  const auto tally = system_.create<Tally>({.mailbox = {.capacity = 3, .when_full = WhenFull::KeepLatest}});
  doze(*tally);
  auto first = system_.request<Read>(*tally, 60s);
  auto second = system_.request<Read>(*tally, 60s);
  auto third = system_.request<Read>(*tally, 60s);
  auto fourth = system_.request<Read>(*tally, 60s);
  auto fifth = system_.request<Read>(*tally, 60s);
  open_gate();
  EXPECT_EQ(first.wait().error().code(), Code::Overrun);
  EXPECT_EQ(second.wait().error().code(), Code::Overrun);
  EXPECT_EQ(third.wait()->n(), 1u);
  EXPECT_EQ(fourth.wait()->n(), 2u);
  EXPECT_EQ(fifth.wait()->n(), 3u);
  EXPECT_EQ(counted(system_, shm::Counter::Overrun, 2), 2u);
  EXPECT_EQ(findings(system_), "");
}

TEST_P(TimeLimits, AHandlerSeesWhatIsLeftOfTheTimeForItsMessage) {
  const auto hasty = system_.create<Hasty>();
  EXPECT_EQ(system_.ask<Report>(*hasty, 30s)->text()->str(), "some, before: nothing");
  system_.send(*hasty, Tick(1));
  EXPECT_EQ(system_.ask<Report>(*hasty, 30s)->text()->str(), "some, before: for ever");
  system_.send(*hasty, {.expires = 30s}, Tick(1));
  EXPECT_EQ(system_.ask<Report>(*hasty, 60s)->text()->str(), "not as much, before: some");
  EXPECT_EQ(read(*hasty), 1u) << "it hands the rest of its time on";
}

TEST_P(TimeLimits, AHandlerThatThrowsIsNotOneThatRefuses) {
  const auto shaky = system_.create<Shaky>();
  const auto answer = system_.ask<Fail>(*shaky, 30s, 2u);
  EXPECT_EQ(answer.error().code(), Code::HandlerThrew);
  EXPECT_STREQ(answer.error().what(), "shaky");
}

TEST_P(TimeLimits, AContinuationThatThrowsIsCountedOnceAndItsAskerHearsOfIt) {
  const auto plain = system_.create<Mild>(buskin::Address(herald_));
  const auto mild = system_.create<Mild>(buskin::Address(*plain));
  const auto answer = system_.ask<Greet>(*mild, 30s, "now");
  EXPECT_EQ(answer.error().code(), Code::HandlerThrew);
  EXPECT_STREQ(answer.error().what(), "no");
  EXPECT_EQ(counted(system_, shm::Counter::Poison, 1), 1u);
  EXPECT_EQ(counted(system_, shm::Counter::FailedTurns), 1u);
  EXPECT_EQ(counted(system_, shm::Counter::Redelivered), 0u);
  EXPECT_EQ(counted(system_, shm::Counter::LateReply) + counted(system_, shm::Counter::StaleReply), 0u);
  EXPECT_EQ(system_.ask<Report>(*mild, 30s)->text()->str(), "1 1") << "it goes on, and what it sent stands";
  EXPECT_EQ(findings(system_), "");
}

TEST_P(TimeLimits, AContinuationThatThrowsForWantOfAnAnswerIsTheSame) {
  const auto plain = system_.create<Mild>(buskin::Address(herald_));
  const auto mild = system_.create<Mild>(buskin::Address(*plain));
  EXPECT_EQ(system_.ask<Greet>(*mild, 30s, "late").error().code(), Code::HandlerThrew);
  EXPECT_EQ(counted(system_, shm::Counter::FailedTurns), 1u);
  EXPECT_EQ(system_.ask<Report>(*mild, 30s)->text()->str().substr(0, 2), "1 ");
}

TEST_P(TimeLimits, AContinuationThatThrowsIsLoggedWithTheTypeOfItsRequest) {
  if (GetParam() == buskin::Base::Processes) GTEST_SKIP() << "there the line comes from another process";
  const auto plain = system_.create<Mild>(buskin::Address(herald_));
  const auto mild = system_.create<Mild>({.name = "mild"}, buskin::Address(*plain));
  testing::internal::CaptureStderr();
  EXPECT_FALSE(system_.ask<Greet>(*mild, 30s, "now").ok());
  const std::string text = testing::internal::GetCapturedStderr();
  EXPECT_NE(text.find("mild: continuation_threw request=calls.Report text=no\n"), std::string::npos) << text;
}

TEST_P(TimeLimits, AnExactTurnOfAContinuationThatThrowsSendsNothing) {
  const auto plain = system_.create<Exact>(buskin::Address(herald_));
  const auto exact = system_.create<Exact>(buskin::Address(*plain));
  EXPECT_EQ(system_.ask<Greet>(*exact, 30s, "now").error().code(), Code::HandlerThrew);
  EXPECT_EQ(system_.ask<Report>(*exact, 30s)->text()->str(), "1 0");
}

TEST_P(TimeLimits, OnThrowDecidesAfterAContinuation) {
  const auto plain = system_.create<Mild>(buskin::Address(herald_));
  const buskin::Address next(*plain);
  const auto again = system_.create<Mild>({.supervise = {.on_throw = buskin::Decision::Restart}}, next);
  const auto once = system_.create<Mild>({.supervise = {.on_throw = buskin::Decision::Stop}}, next);
  EXPECT_EQ(system_.ask<Greet>(*again, 30s, "now").error().code(), Code::HandlerThrew);
  EXPECT_EQ(system_.ask<Report>(*again, 30s)->text()->str().substr(0, 2), "0 ") << "another instance";
  EXPECT_EQ(system_.ask<Greet>(*once, 30s, "now").error().code(), Code::HandlerThrew);
  // Ends: when it is gone, or with the test's own time limit.
  while (system_.ask<Report>(*once, 30s).ok()) {
  }
}

INSTANTIATE_TEST_SUITE_P(Bases, TimeLimits, kBases, name_of_base);

}  // namespace conformance::limits
