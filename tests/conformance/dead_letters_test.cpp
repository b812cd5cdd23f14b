// dead_letters_test: which handler of dead letters hears, when one is named after another.
#include <string>
#include <vector>

#include "conformance.hpp"
#include "inside.hpp"
#include "shm/actor/actors.hpp"

namespace conformance::dead_letters {

/// Handles dead letters when it is told to, and stops that when it is told to.
struct Undertaker : buskin::Actor<Add, Tick, buskin::DeadLetter, buskin::DeadLettersMoved, buskin::Ask<Read, Total>,
                                  buskin::Ask<Report, Reply>> {
  void on(Message<Add>, Context& context) { said += buskin::to_string(context.dead_letters(context.self()).code()); }
  void on(Message<Tick>, Context& context) { said += buskin::to_string(context.dead_letters({}).code()); }
  void on(Message<buskin::DeadLetter>) { ++letters; }
  void on(Message<buskin::DeadLettersMoved> moved, Context& context) {
    said += moved->to == context.self() ? " to me " : " from me ";
  }
  void on(Message<Read>, ReplyTo<Total> reply) { reply(letters); }
  void on(Message<Report>, ReplyTo<Reply> reply) { reply(said); }
  std::uint64_t letters = 0;
  std::string said;
};

class DeadLetters : public Conformance {
 protected:
  DeadLetters() {
    system_.exit(*brief_);
    const shm::ActorId id{static_cast<shm::ActorIndex>(brief_->address().index()), brief_->address().generation()};
    // Ends: when it is gone; or with the test's own time limit.
    while (shm::life_of(segment_of(system_), id).state != shm::LifeState::Free) system_.run_until_idle();
  }
  /// A message to nobody, and how many of those each has had by now.
  std::string letters() {
    (void)system_.ask<Report>(*first_, 30s);
    (void)system_.ask<Report>(*second_, 30s);
    system_.send(brief_->address(), Tick(1));
    return std::to_string(read(*first_)) + " " + std::to_string(read(*second_));
  }
  std::string said(buskin::Ref<Undertaker> who) { return system_.ask<Report>(who, 30s)->text()->str(); }
  void start(buskin::Ref<Undertaker> who) {
    system_.send<Add>(who, 1u);
    (void)said(who);
  }
  void stop(buskin::Ref<Undertaker> who) {
    system_.send(who, Tick(1));
    (void)said(who);
  }

  buskin::Result<buskin::Ref<Hello>> brief_ = system_.create<Hello>();
  buskin::Result<buskin::Ref<Undertaker>> first_ = system_.create<Undertaker>();
  buskin::Result<buskin::Ref<Undertaker>> second_ = system_.create<Undertaker>();
};

TEST_P(DeadLetters, OneThatIsNamedTwiceHearsOnce) {
  start(*first_);
  start(*first_);
  EXPECT_EQ(letters(), "1 0");
  EXPECT_EQ(said(*first_), "okok");
}

TEST_P(DeadLetters, TheOneNamedLastHearsAndBothAreTold) {
  start(*first_);
  start(*second_);
  EXPECT_EQ(letters(), "0 1");
  EXPECT_EQ(said(*first_), "ok from me ");
  EXPECT_EQ(said(*second_), "ok to me ");
}

TEST_P(DeadLetters, OneThatWasReplacedCannotStopTheOther) {
  start(*first_);
  start(*second_);
  stop(*first_);
  EXPECT_EQ(letters(), "0 1");
  EXPECT_EQ(said(*first_), "ok from me wrong_use");
  stop(*second_);
  EXPECT_EQ(letters(), "0 1");
  start(*first_);
  EXPECT_EQ(letters(), "1 1");
}

TEST_P(DeadLetters, WhenTheLastOneEndsTheOneBeforeDoesNotComeBackByItself) {
  start(*first_);
  start(*second_);
  system_.exit(*second_);
  const shm::ActorId id{static_cast<shm::ActorIndex>(second_->address().index()), second_->address().generation()};
  // Ends: when it is gone, or with the test's own time limit.
  while (shm::life_of(segment_of(system_), id).state != shm::LifeState::Free) system_.run_until_idle();
  system_.send(brief_->address(), Tick(1));
  EXPECT_EQ(read(*first_), 0u);
  start(*first_);
  system_.send(brief_->address(), Tick(1));
  EXPECT_EQ(read(*first_), 1u);
}

TEST_P(DeadLetters, AClientThatNamedAHandlerEndsThat) {
  auto inbox = system_.inbox();
  ASSERT_TRUE(system_.dead_letters(*first_).ok());
  ASSERT_TRUE(system_.dead_letters(inbox.address()).ok());
  std::vector<std::string> types;
  inbox.poll([&](buskin::AnyMessage& message) { types.push_back(message.type_name()); });
  EXPECT_EQ(types, std::vector<std::string>{"buskin.DeadLettersMoved"});
  ASSERT_TRUE(system_.dead_letters({}).ok());
  system_.send(brief_->address(), Tick(1));
  EXPECT_EQ(inbox.poll([](buskin::AnyMessage&) {}), 0u);
}

INSTANTIATE_TEST_SUITE_P(Bases, DeadLetters, kBases, name_of_base);

}  // namespace conformance::dead_letters
