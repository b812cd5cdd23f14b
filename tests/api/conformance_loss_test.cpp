// conformance_loss_test: a message that finds no receiver: who hears of it, with which sentence.
#include "herald.hpp"

namespace conformance {

struct Picky : buskin::Actor<buskin::Ask<Read, Total>> {
  void on(Message<Read>, ReplyTo<Total> reply) { reply(1u); }
};

class Losses : public Heralds {
 protected:
  /// The address of an actor that is gone.
  buskin::Address gone() {
    const auto hello = system_.create<Hello>();
    system_.exit(*hello);
    // Ends: the actor is asked until it is gone.
    while (system_.ask<Greet>(*hello, 5s, "again").ok()) {
    }
    return *hello;
  }
};

TEST_P(Losses, WhatIsSentToNobodyComesBackWithASentence) {
  order(kTicks, gone(), 1);
  EXPECT_EQ(report_of(1), "1 no_such_actor: the actor of this address is gone");
}

TEST_P(Losses, AnAddressOfAnotherSystemIsUnreachable) {
  order(kTicks, buskin::Address(1, 2, 3), 1);
  EXPECT_EQ(report_of(1), "1 bad_address: this is no address of this system");
}

TEST_P(Losses, AMessageThatWaitsTooLongComesBack) {
  const auto dozer = system_.create<Dozer>();
  order(kExpired, *dozer);
  EXPECT_EQ(report_of(1), "1 expired: the message waited longer than it may");
  EXPECT_EQ(read(*dozer), 0u);
}

TEST_P(Losses, AMessageThatNobodyHandlesComesBackAsPoison) {
  const auto picky = system_.create<Picky>();
  order(kTicks, *picky);
  EXPECT_EQ(report_of(1), "1 poison: the receiver does not list this message");
}

TEST_P(Losses, WhatLiesInTheMailboxOfAnEndingActorComesBack) {
  const auto dozer = system_.create<Dozer>();
  system_.send<Pause>(*dozer, 100u);
  order(kExit, *dozer);
  EXPECT_EQ(report(), "0 nothing");
  order(kTicks, *dozer, 3);
  EXPECT_EQ(report_of(3), "3 no_such_actor: the actor of this address is gone");
}

TEST_P(Losses, TheHandlerOfDeadLettersHearsOfIt) {
  const buskin::Address nobody = gone();
  auto inbox = system_.inbox();
  ASSERT_TRUE(system_.dead_letters(inbox.address()).ok());
  order(kTicks, nobody, 1);
  buskin::DeadLetter letter{};
  // Ends: when it came; a last question to the one who is gone may come before it.
  while (letter.type_name.view() != "calls.Tick") {
    ASSERT_TRUE(inbox.wait(10s));
    inbox.poll([&](buskin::AnyMessage& message) { letter = *message.as<buskin::DeadLetter>(); });
  }
  EXPECT_EQ(letter.sender, herald_.address());
  EXPECT_EQ(letter.receiver, nobody);
  EXPECT_EQ(letter.code, buskin::Code::NoSuchActor);
}

TEST_P(Losses, NobodyButALivingOneCanHandleDeadLetters) {
  EXPECT_EQ(system_.dead_letters(gone()).code(), buskin::Code::NoSuchActor);
}

TEST_P(Losses, ALargerMessageThanAllowedIsRefused) {
  buskin::SystemOptions small = options();
  small.message_max = 1'000;
  buskin::ActorSystem system(small);
  const auto inbox = system.inbox();
  EXPECT_TRUE(system.try_send<buskin::Bytes>(inbox.address(), std::string(1'000, 'x')).ok());
  const buskin::Status status = system.try_send<buskin::Bytes>(inbox.address(), std::string(1'001, 'x'));
  EXPECT_EQ(status.code(), buskin::Code::TooBig);
  EXPECT_STREQ(status.error().what(),
               "the message is larger than the largest one allowed: raise message_max, or send it in parts");
}

INSTANTIATE_TEST_SUITE_P(Loss, Losses, kBases, name_of_base);

}  // namespace conformance
