// loss_test: a message that finds no receiver: who hears of it, with which sentence.
#include <filesystem>
#include <fstream>
#include <thread>

#include "herald.hpp"

namespace conformance::loss {

struct Picky : buskin::Actor<buskin::Ask<Read, Total>> {
  void on(Message<Read>, ReplyTo<Total> reply) { reply(1u); }
};

/// Sends and asks in an exactly-once turn that ends at an open gate.
struct Late : buskin::Actor<buskin::Init<Settings>, Pause, buskin::Undeliverable, buskin::Ask<Report, Reply>> {
  static constexpr auto delivery = buskin::Delivery::ExactlyOnce;
  explicit Late(const Settings& settings) : next(*settings.next()) {}
  void on(Message<Pause> pause, Context& context) {
    context.send(next, Tick(1));
    context.request<Read>(next, 60s).then(
        [this](const buskin::Answer<Total>& answer) { asked = answer.error().what(); });
    std::ofstream(pause->gate()->str() + ".reached") << "";
    stand_at(pause->gate()->str());
  }
  void on(Message<buskin::Undeliverable> gone) {
    told = buskin::to_string(gone->code) + (": " + std::string(gone->type_name.view()));
  }
  void on(Message<Report>, ReplyTo<Reply> reply) { reply(told + ", " + asked); }
  Ref<Sum> next;
  std::string told, asked;
};

class Losses : public Heralds {
 protected:
  /// Others may come before it: also a question to one who is gone is a message.
  static buskin::DeadLetter next_letter_about(buskin::Inbox& inbox, std::string_view type) {
    buskin::DeadLetter letter{};
    // Ends: when it came.
    while (letter.type_name.view() != type && inbox.wait(30s)) {
      inbox.poll([&](buskin::AnyMessage& message) {
        const buskin::DeadLetter next = *message.as<buskin::DeadLetter>();
        if (letter.type_name.view() != type) letter = next;
      });
    }
    return letter;
  }
};

TEST_P(Losses, WhatIsSentToNobodyComesBackWithASentence) {
  order(kTicks, gone(), 1);
  EXPECT_EQ(report_of(1), "1 no_such_actor: the actor of this address is gone");
}

TEST_P(Losses, AnAddressOfAnotherSystemIsUnreachable) {
  order(kTicks, buskin::Address(1, 2, 3), 1);
  EXPECT_EQ(report_of(1), "1 bad_address: the address does not belong to this system");
}

TEST_P(Losses, AMessageThatWaitsTooLongComesBack) {
  const auto dozer = system_.create<Dozer>();
  order(kExpired, *dozer);
  EXPECT_EQ(report_of(1), "1 expired: the message waited longer than its `expires`");
  EXPECT_EQ(read(*dozer), 0u);
}

TEST_P(Losses, AMessageThatNobodyHandlesComesBackAsPoison) {
  const auto picky = system_.create<Picky>();
  order(kTicks, *picky);
  EXPECT_EQ(report_of(1), "1 poison: the receiver does not list this message");
}

TEST_P(Losses, WhatLiesInTheMailboxOfAnEndingActorComesBack) {
  const auto dozer = system_.create<Dozer>();
  system_.send<Pause>(*dozer, close_gate());
  order(kExit, *dozer);
  order(kTicks, *dozer, 3);
  (void)report();
  open_gate();
  EXPECT_EQ(report_of(3), "3 no_such_actor: the actor of this address is gone");
}

TEST_P(Losses, TheHandlerOfDeadLettersHearsOfIt) {
  const buskin::Address nobody = gone();
  auto inbox = system_.inbox();
  ASSERT_TRUE(system_.dead_letters(inbox.address()).ok());
  order(kTicks, nobody, 1);
  const buskin::DeadLetter letter = next_letter_about(inbox, "calls.Tick");
  EXPECT_EQ(letter.sender, herald_.address());
  EXPECT_EQ(letter.receiver, nobody);
  EXPECT_EQ(letter.code, buskin::Code::NoSuchActor);
}

TEST_P(Losses, WhoIsGoneWhenATurnCommitsIsToldOfToo) {
  if (system_.base() == buskin::Base::Sequential) GTEST_SKIP() << "nobody ends while a turn runs";
  const auto sum = system_.create<Sum>();
  const auto late = system_.create<Late>(buskin::Address(*sum));
  auto inbox = system_.inbox();
  ASSERT_TRUE(system_.dead_letters(inbox.address()).ok());
  system_.send<Pause>(*late, close_gate());
  // Ends: when the turn has sent, and then when the receiver is gone; or with the test's own time limit.
  while (!std::filesystem::exists(gate_ + ".reached")) std::this_thread::yield();
  system_.exit(*sum);
  while (system_.ask<Read>(*sum, 30s).ok()) {
  }
  open_gate();
  const std::string expected = "no_such_actor: calls.Tick, the actor ended before it answered";
  std::string text;
  // Ends: when both have come, or with the test's own time limit.
  while (text != expected) text = system_.ask<Report>(*late, 30s)->text()->str();
  EXPECT_EQ(text, expected);
  const buskin::DeadLetter letter = next_letter_about(inbox, "calls.Tick");
  EXPECT_EQ(letter.sender, late->address());
  EXPECT_EQ(letter.receiver, sum->address());
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
               "the message is larger than allowed: raise message_max, or send it in parts");
}

INSTANTIATE_TEST_SUITE_P(Bases, Losses, kBases, name_of_base);

}  // namespace conformance::loss
