// messages_test: what every base promises.
#include "conformance.hpp"

namespace conformance::messages {

TEST_P(Conformance, AnActorAnswers) {
  const auto hello = system_.create<Hello>();
  EXPECT_EQ(system_.ask<Greet>(*hello, 30s, "World")->text()->str(), "Hello, World!");
}

TEST_P(Conformance, ADroppedReplyIsAnError) {
  const auto mute = system_.create<Mute>();
  EXPECT_EQ(system_.ask<Greet>(*mute, 30s, "anyone").error().code(), buskin::Code::NoReply);
}

TEST_P(Conformance, ARefusalComesWithItsSentence) {
  const auto mute = system_.create<Mute>();
  const auto answer = system_.ask<Greet>(*mute, 30s, "refuse");
  EXPECT_EQ(answer.error().code(), buskin::Code::Refused);
  EXPECT_STREQ(answer.error().what(), "not today");
}

TEST_P(Conformance, MessagesComeInTheOrderInWhichTheyWereSent) {
  const auto sum = system_.create<Sum>();
  for (std::uint32_t i = 1; i <= 9; ++i) system_.send(*sum, Tick(i));
  EXPECT_EQ(read(*sum), 123'456'789u);
}

TEST_P(Conformance, AFailedAttemptIsRepeatedOnceAndAnswersNothing) {
  const auto shaky = system_.create<Shaky>();
  EXPECT_EQ(system_.ask<Fail>(*shaky, 30s, 1u)->n(), 2u);
}

TEST_P(Conformance, AMessageThatFailsTwiceIsPoisonAndItsActorGoesOn) {
  const auto shaky = system_.create<Shaky>();
  const auto answer = system_.ask<Fail>(*shaky, 30s, 2u);
  EXPECT_STREQ(answer.error().what(), "shaky");
  EXPECT_EQ(system_.ask<Fail>(*shaky, 30s, 0u)->n(), 3u);
}

TEST_P(Conformance, ARequestThatNobodyHandlesIsAnError) {
  const auto hello = system_.create<Hello>();
  const auto answer = system_.ask<Read, Total>(hello->address(), 30s);
  EXPECT_EQ(answer.error().code(), buskin::Code::NotHandled);
}

TEST_P(Conformance, ABirthThatFailsSaysWhy) {
  const auto thrown = system_.create<ThrowsInConstructor>();
  EXPECT_EQ(thrown.error().code(), buskin::Code::StartFailed);
  EXPECT_STREQ(thrown.error().what(), "no start today");
}

TEST_P(Conformance, AnActorAsksAnotherAndContinues) {
  const auto parent = system_.create<Parent>();
  EXPECT_EQ(system_.ask<Greet>(*parent, 30s, "child")->text()->str(), "Hello, child!");
}

TEST_P(Conformance, AChildThatIsGoneIsReportedOnce) {
  const auto parent = system_.create<Parent>();
  system_.send<Add>(*parent, 1u);
  // Ends: with the notice, or the test's own time limit.
  while (read(*parent) == 0) {
  }
  EXPECT_EQ(read(*parent), 1u);
}

TEST_P(Conformance, AFailedStartInAnActorIsReportedOnce) {
  const auto parent = system_.create<Parent>();
  system_.send<Add>(*parent, 0u);
  // Ends: with the notice, or the test's own time limit.
  while (read(*parent) == 0) {
  }
  EXPECT_EQ(read(*parent), 1u);
}

TEST_P(Conformance, AnActorThatIsGoneRefuses) {
  const auto hello = system_.create<Hello>();
  system_.exit(*hello);
  // Ends: the actor is asked until it is gone.
  while (system_.ask<Greet>(*hello, 30s, "again").ok()) {
  }
  EXPECT_EQ(system_.try_send<Greet>(*hello, "World").code(), buskin::Code::NoSuchActor);
}

TEST_P(Conformance, ANameIsFoundAndTakenOnce) {
  const auto hello = system_.create<Hello>({.name = "greeter"});
  EXPECT_EQ(system_.find<Hello>("greeter"), *hello);
  EXPECT_EQ(system_.create<Hello>({.name = "greeter"}).error().code(), buskin::Code::NameTaken);
}

TEST_P(Conformance, AnInboxReceivesWhatComesBack) {
  auto inbox = system_.inbox();
  system_.send<buskin::Text>(inbox.address(), "to myself");
  ASSERT_TRUE(inbox.wait(30s));
  std::string text;
  EXPECT_EQ(inbox.poll([&](buskin::AnyMessage& message) { text = message.as<buskin::Text>()->str(); }), 1u);
  EXPECT_EQ(text, "to myself");
}

TEST_P(Conformance, AnAddressOfAnotherSystemIsRefused) {
  const buskin::Address other(1, 2, 3);
  EXPECT_EQ(system_.try_send<buskin::Text>(other, "?").code(), buskin::Code::BadAddress);
}

INSTANTIATE_TEST_SUITE_P(Bases, Conformance, kBases, name_of_base);

}  // namespace conformance::messages
