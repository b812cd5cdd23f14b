// memory_test: turns that find no memory are undone, and begun again when there is some.
#include "memory_fixture.hpp"

namespace conformance::memory {

class Memory : public MemoryFixture {};

TEST_P(Memory, AnExactTurnThatFindsNoneIsUndoneAndBegunAgain) {
  for (const Need need : {kState, kTimer, kSend, kDraft}) {
    SCOPED_TRACE(need);
    buskin::Ref<Exact> needy = *system_.create<Exact>(buskin::Address(sink_));
    order_without_memory(needy, need);
    EXPECT_EQ(read(needy), 3u) << "what was undone is not in its members";
    EXPECT_EQ(system_.ask<Report>(needy, 30s)->text()->str().find("attempt 2"), std::string::npos);
    system_.exit(needy);
    sink_ = *system_.create<Sum>();
  }
  expect_nothing_lost();
}

TEST_P(Memory, AJournalThatFindsNoneIsNoAttempt) {
  const auto needy = system_.create<Exact>(buskin::Address(sink_));
  order_without_memory(*needy, kJournal, 1'000);
  EXPECT_EQ(read(*needy), 3u);
  expect_nothing_lost();
}

TEST_P(Memory, AContinuationThatFindsNoneRunsAgain) {
  const auto needy = system_.create<Exact>(buskin::Address(sink_));
  order_without_memory(*needy, kAnswered);
  // Ends: when each has run to its end, or with the test's own time limit.
  while (system_.ask<Report>(*needy, 30s)->text()->str().find(", 3 arrived") == std::string::npos) {
  }
  EXPECT_EQ(read(*needy), 3u);
  expect_nothing_lost();
}

TEST_P(Memory, AGroupThatFindsNoneIsUndoneAndBegunAgain) {
  const auto gatherer = system_.create<Gatherer>(buskin::Address(sink_));
  order_without_memory(*gatherer, kNothing);
  EXPECT_EQ(read(*gatherer), 3u);
  expect_nothing_lost();
}

TEST_P(Memory, AnOrdinaryTurnThatFindsNoneIsRepeatedFlaggedAtNoAttempt) {
  const auto needy = system_.create<Repeating>(buskin::Address(sink_));
  (void)read(*needy);
  fill();
  system_.send<Order>(*needy, kState, buskin::Address(), 0u);
  wait_until_put_off(5);
  free_all();
  // Ends: when the turn is complete, which it is once its message has gone; or the test's own time limit.
  const std::string report = system_.ask<Report>(*needy, 30s)->text()->str();
  EXPECT_NE(report.find("attempt 1, "), std::string::npos) << report;
  EXPECT_GE(std::stoull(report.substr(report.find(", ") + 2)), 5u) << report;
  expect_nothing_lost();
}

TEST_P(Memory, ATurnWhoseNoticeFindsNoneIsBegunAgainAndBringsTheMessage) {
  const auto plain = system_.create<Repeating>(buskin::Address(sink_));
  const auto exact = system_.create<Exact>(buskin::Address(sink_));
  send_to_nobody_without_memory(*plain);
  send_to_nobody_without_memory(*exact);
  expect_nothing_lost();
}

TEST_P(Memory, ATurnThatNeedsMoreThanThereIsFails) {
  const auto needy = system_.create<Exact>(buskin::Address(sink_));
  inbox_.send<Order>(*needy, kHuge, buskin::Address(), 0u);
  buskin::Code code{};
  // Ends: with the notice, or the test's own time limit.
  while (code == buskin::Code::Ok) {
    inbox_.poll([&](buskin::AnyMessage& message) { code = message.as<buskin::PoisonMessage>()->code; });
  }
  EXPECT_EQ(code, buskin::Code::TooBig);
  EXPECT_EQ(counted(system_, Counter::PutOff), 0u);
}

TEST_P(Memory, ADraftOfAClientThatFindsNoneIsRefusedWhenItIsSent) {
  auto draft = system_.draft<Greet>(20 << 20);
  draft.finish(CreateGreet(draft.builder(), draft.builder().CreateString(std::string(18 << 20, 'x'))));
  EXPECT_EQ(system_.try_send(store_.address(), std::move(draft)).code(), buskin::Code::NoMemory);
  auto small = system_.draft<Greet>(20 << 20);
  small.finish(CreateGreet(small.builder(), small.builder().CreateString("small")));
  EXPECT_TRUE(system_.try_send(store_.address(), std::move(small)).ok()) << "it is copied";
}

TEST_P(Memory, AnActorThatWaitsForMemoryEndsAtOnceWhenAsked) {
  const auto needy = system_.create<Exact>(buskin::Address(sink_));
  (void)read(*needy);
  fill();
  system_.send<Order>(*needy, kState, buskin::Address(), 0u);
  wait_until_put_off(3);
  system_.exit(*needy, {.now = true});
  // Ends: when it is gone, or with the test's own time limit.
  while (counted(system_, Counter::Exited) == 0) inbox_.poll([](buskin::AnyMessage&) {});
  free_all();
  EXPECT_EQ(findings(system_), "");
}

TEST_P(Memory, AnAskerWhoseAnswerFindsNoneHearsItAtOnce) {
  const auto verbose = system_.create<Verbose<buskin::Delivery::AtLeastOnce>>();
  const auto exact = system_.create<Verbose<buskin::Delivery::ExactlyOnce>>();
  EXPECT_TRUE(system_.ask<Greet>(*verbose, 30s, "a").ok());
  EXPECT_TRUE(system_.ask<Greet>(*exact, 30s, "a").ok());
  system_.send<Greet>(store_.address(), "a");  // Beside it there is memory for questions.
  fill();
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(system_.ask<Greet>(*verbose, 30s, "a").error().code(), buskin::Code::NoMemory);
  EXPECT_EQ(system_.ask<Greet>(*exact, 30s, "a").error().code(), buskin::Code::NoMemory);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 10s);
  free_all();
  EXPECT_TRUE(system_.ask<Greet>(*verbose, 30s, "a").ok());
  EXPECT_TRUE(system_.ask<Greet>(*exact, 30s, "a").ok());
  EXPECT_EQ(counted(system_, Counter::PutOff), 0u);
  EXPECT_EQ(findings(system_), "");
}

INSTANTIATE_TEST_SUITE_P(Bases, Memory, kBases, name_of_base);

}  // namespace conformance::memory
