// originals_test: what comes back brings the message itself, with the sentence, and goes on without a copy.
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "conformance.hpp"
#include "inside.hpp"

namespace conformance::originals {

struct Hopeless : buskin::Actor<Tick, buskin::Text> {
  void on(Message<Tick> tick) { throw std::runtime_error("hopeless " + std::to_string(tick->number())); }
  void on(Message<buskin::Text>) { throw std::runtime_error("no word"); }
};

struct Once : buskin::Actor<Tick> {
  static constexpr auto delivery = buskin::Delivery::AtMostOnce;
  void on(Message<Tick>) { throw std::runtime_error("lost"); }
};

/// The first order says where what comes back goes; each further one sends a Tick, and with count 0 a Text.
template <buskin::Delivery kDelivery>
struct Mourner : buskin::Actor<Order, buskin::Undeliverable, buskin::PoisonMessage, buskin::DeadLetter,
                               buskin::Ask<Report, Reply>> {
  static constexpr auto delivery = kDelivery;
  void on(Message<Order> order, Context& context) {
    if (!heir) heir = Address(*order->to());
    else if (order->count() != 0) context.send(Address(*order->to()), Tick(order->count()));
    else context.send<buskin::Text>(Address(*order->to()), "a word");
  }
  void on(Message<buskin::Undeliverable> gone, Context& context) {
    said += "undeliverable " + text_of(gone) + ", ";
    context.forward(heir, std::move(gone).original());
  }
  void on(Message<buskin::PoisonMessage> poison, Context& context) {
    said += "poison " + text_of(poison) + " " + std::string(poison->reason.view()) + ", ";
    context.forward(heir, std::move(poison).original());
  }
  void on(Message<buskin::DeadLetter> dead, Context& context) {
    said += "dead letter " + text_of(dead) + " " + std::string(dead->reason.view()) + ", ";
    if (++dead_letters == 1) context.forward(heir, std::move(dead).original());
  }
  void on(Message<Report>, ReplyTo<Reply> reply) { reply(said); }

  template <class Notice>
  static std::string text_of(const buskin::Message<Notice>& notice) {
    if (const auto tick = notice.template original<Tick>()) return std::to_string(tick->number());
    if (const auto text = notice.template original<buskin::Text>()) return text->str();
    return "nothing";
  }
  Address heir;
  int dead_letters = 0;
  std::string said;
};
using Plain = Mourner<buskin::Delivery::AtLeastOnce>;
using Exact = Mourner<buskin::Delivery::ExactlyOnce>;

/// Takes what is passed on, and says from whom it came first.
struct Heir : buskin::Actor<Tick, buskin::Text, buskin::Ask<Report, Reply>> {
  void on(Message<Tick> tick) { said += std::to_string(tick->number()) + " of " + tick.sender().to_string() + ", "; }
  void on(Message<buskin::Text> text) { said += text->str() + " of " + text.sender().to_string() + ", "; }
  void on(Message<Report>, ReplyTo<Reply> reply) { reply(said); }
  std::string said;
};

/// Ends with its first message.
struct Brief : buskin::Actor<Tick> {
  void on(Message<Tick>, Context& context) { context.exit(context.self(), {.now = true}); }
};

/// Forwards to nobody, and then what comes back to the heir.
struct Relay : buskin::Actor<buskin::Init<Settings>, Tick, buskin::Undeliverable> {
  explicit Relay(const Settings& settings) : heir(*settings.next()) {}
  void on(Message<Tick> tick, Context& context) { context.forward(Address(), std::move(tick)); }
  void on(Message<buskin::Undeliverable> gone, Context& context) { context.forward(heir, std::move(gone).original()); }
  Address heir;
};

class Originals : public Conformance {
 protected:
  ~Originals() override { EXPECT_EQ(findings(system_), ""); }

  /// What the actor says, when it has said as many things as are expected.
  template <class A>
  std::string said(buskin::Ref<A> who, long things) {
    std::string text;
    // Ends: when it has; or with the test's own time limit.
    do {
      text = system_.ask<Report>(who, 30s)->text()->str();
    } while (std::count(text.begin(), text.end(), ',') < things);
    return text;
  }
  std::string of(const buskin::Address& sender, const std::string& what) {
    return what + " of " + sender.to_string() + ", ";
  }
  template <class A>
  buskin::Ref<A> mourner() {
    const buskin::Ref<A> made = *system_.create<A>();
    system_.send<Order>(made, std::uint8_t{0}, heir_, 0u);
    return made;
  }
  void order(const buskin::Address& who, const buskin::Address& to, std::uint32_t count) {
    system_.send<Order>(who, std::uint8_t{0}, to, count);
  }

  /// What came back to an inbox, which passes it on to the heir.
  std::string back(buskin::Inbox& inbox, int count) {
    std::string text;
    // Ends: with as many as are expected.
    while (count > 0 && inbox.wait(30s)) {
      inbox.poll([&](buskin::AnyMessage& message) {
        const auto tick = message.original<Tick>();
        text += message.type_name() + (tick != nullptr ? " " + std::to_string(tick->number()) : " nothing") + ", ";
        --count;
        if (tick == nullptr || message.is<buskin::PoisonMessage>()) return;
        inbox.forward(heir_, std::move(message).original());
      });
    }
    return text;
  }

  buskin::Address heir_ = *system_.create<Heir>();
  buskin::Ref<Heir> heir_ref_{heir_};
};

TEST_P(Originals, WhatFindsNobodyComesBackAndGoesOn) {
  const auto mourner = this->mourner<Plain>();
  const buskin::Address nobody = gone();
  order(mourner, nobody, 7);
  order(mourner, nobody, 0);
  EXPECT_EQ(said(mourner, 2), "undeliverable 7, undeliverable a word, ");
  EXPECT_EQ(said(heir_ref_, 2), of(mourner, "7") + of(mourner, "a word"));
}

TEST_P(Originals, WhatFindsNobodyAtTheCommitComesBackAndGoesOn) {
  const auto mourner = this->mourner<Exact>();
  order(mourner, gone(), 7);
  EXPECT_EQ(said(mourner, 1), "undeliverable 7, ");
  EXPECT_EQ(said(heir_ref_, 1), of(mourner, "7"));
}

TEST_P(Originals, PoisonComesBackWithItsMessageAndItsSentence) {
  const auto hopeless = system_.create<Hopeless>();
  const auto plain = mourner<Plain>();
  const auto exact = mourner<Exact>();
  order(plain, *hopeless, 5);
  order(exact, *hopeless, 0);
  EXPECT_EQ(said(plain, 1), "poison 5 hopeless 5, ");
  EXPECT_EQ(said(exact, 1), "poison a word no word, ");
  const std::string got = said(heir_ref_, 2);
  EXPECT_NE(got.find(of(plain, "5")), std::string::npos) << got;
  EXPECT_NE(got.find(of(exact, "a word")), std::string::npos) << got;
}

TEST_P(Originals, TheHandlerOfDeadLettersHearsOfPoisonTooAndItIsCountedAsPoisonAlone) {
  const auto hopeless = system_.create<Hopeless>();
  const auto handler = mourner<Plain>();
  (void)system_.ask<Report>(handler, 30s);
  ASSERT_TRUE(system_.dead_letters(handler).ok());
  buskin::Inbox inbox = system_.inbox();
  inbox.send(*hopeless, Tick(5));
  EXPECT_EQ(said(handler, 1), "dead letter 5 hopeless 5, ");
  EXPECT_EQ(said(heir_ref_, 1), of(inbox.address(), "5"));
  EXPECT_EQ(back(inbox, 1), "buskin.PoisonMessage 5, ");
  EXPECT_EQ(counted(system_, shm::Counter::Poison, 1), 1u);
  for (const auto counter : {shm::Counter::DeadGone, shm::Counter::LostInHand, shm::Counter::DeadUnreachable}) {
    EXPECT_EQ(counted(system_, counter), 0u);
  }
}

TEST_P(Originals, WhatIsLostInHandComesToTheHandlerOfDeadLetters) {
  const auto once = system_.create<Once>();
  const auto handler = mourner<Plain>();
  (void)system_.ask<Report>(handler, 30s);
  ASSERT_TRUE(system_.dead_letters(handler).ok());
  order(handler, *once, 4);
  EXPECT_EQ(said(handler, 1).substr(0, 14), "dead letter 4 ");
  EXPECT_EQ(said(heir_ref_, 1), of(handler, "4"));
}

TEST_P(Originals, AnInboxReadsWhatCameBackAndPassesItOn) {
  buskin::Inbox inbox = system_.inbox();
  inbox.send(gone(), Tick(6));
  inbox.send(buskin::Address(), Tick(7));
  inbox.send(heir_, {.expires = 1ns}, Tick(8));
  EXPECT_EQ(back(inbox, 3), "buskin.Undeliverable 6, buskin.Undeliverable 7, buskin.Undeliverable 8, ");
  EXPECT_EQ(said(heir_ref_, 3),
            of(inbox.address(), "6") + of(inbox.address(), "7") + of(inbox.address(), "8"));
}

TEST_P(Originals, WhatLayInTheMailboxOfAnActorThatEndsComesBack) {
  const auto brief = system_.create<Brief>();
  buskin::Inbox inbox = system_.inbox();
  for (std::uint32_t n = 1; n <= 3; ++n) inbox.send(*brief, Tick(n));
  std::string came = back(inbox, 2);  // One may be refused before the other is returned.
  came += said(heir_ref_, 2);
  for (const std::string& part : {std::string("buskin.Undeliverable 2, "), std::string("buskin.Undeliverable 3, "),
                                  of(inbox.address(), "2"), of(inbox.address(), "3")}) {
    EXPECT_NE(came.find(part), std::string::npos) << part << "in " << came;
  }
}

TEST_P(Originals, WhatIsPassedOnOftenIsCopied) {
  buskin::Inbox inbox = system_.inbox();
  inbox.send(buskin::Address(), Tick(5));
  inbox.poll([&](buskin::AnyMessage& message) {
    const buskin::Original original = std::move(message).original();
    for (int i = 0; i < 20; ++i) inbox.forward(heir_, original);
  });
  std::string expected;
  for (int i = 0; i < 20; ++i) expected += of(inbox.address(), "5");
  EXPECT_EQ(said(heir_ref_, 20), expected);
}

TEST_P(Originals, AForwardThatFindsNobodyBringsTheMessageInHand) {
  const auto relay = system_.create<Relay>(heir_);
  buskin::Inbox inbox = system_.inbox();
  inbox.send(*relay, Tick(9));
  EXPECT_EQ(said(heir_ref_, 1), of(inbox.address(), "9"));
}

TEST_P(Originals, ANoticeOfItsOwnKindBringsNothing) {
  buskin::Inbox inbox = system_.inbox();
  inbox.send(inbox.address(), buskin::Undeliverable{});
  EXPECT_EQ(back(inbox, 1), "buskin.Undeliverable nothing, ");
}

/// Throws where it is told to.
struct Thrower : buskin::Actor<buskin::Init<Greet>, buskin::Ask<Fail, Total>> {
  explicit Thrower(const Greet& greet) : where(greet.name()->str()) {
    if (where == "constructor") throw std::runtime_error("built badly");
  }
  void on_start(Context&) {
    if (where == "on_start") throw std::runtime_error("began badly");
  }
  void on_stop(Context&) {
    if (where == "on_stop") throw std::runtime_error("ended badly");
  }
  void on(Message<Fail>, ReplyTo<Total>) { throw std::runtime_error("handled badly"); }
  std::string where;
};

TEST_P(Originals, EachThrowIsOneLineOfTheLog) {
  if (GetParam() == buskin::Base::Processes) GTEST_SKIP() << "there the line comes from another process";
  testing::internal::CaptureStderr();
  EXPECT_FALSE(system_.create<Thrower>({.name = "first"}, "constructor").ok());
  EXPECT_FALSE(system_.create<Thrower>({.name = "second"}, "on_start").ok());
  const auto third = system_.create<Thrower>({.name = "third"}, "on_stop");
  EXPECT_FALSE(system_.ask<Fail>(*third, 30s, 1u).ok());
  system_.exit(*third);
  // Ends: when it is gone.
  while (system_.ask<Fail>(*third, 30s, 1u).error().code() == buskin::Code::HandlerThrew) {
  }
  const std::string text = testing::internal::GetCapturedStderr();
  const std::string type = "type=conformance::originals::Thrower attempt=1 text=";
  for (const std::string& line :
       {"first: constructor_threw " + type + "\"built badly\"\n",
        "second: on_start_threw " + type + "\"began badly\"\n",
        std::string("third: handler_threw type=calls.Fail attempt=1 text=\"handled badly\"\n"),
        std::string("third: handler_threw type=calls.Fail attempt=2 text=\"handled badly\"\n"),
        "third: on_stop_threw " + type + "\"ended badly\"\n"}) {
    EXPECT_NE(text.find(line), std::string::npos) << line << "in\n" << text;
  }
}

INSTANTIATE_TEST_SUITE_P(Bases, Originals, kBases, name_of_base);

}  // namespace conformance::originals
