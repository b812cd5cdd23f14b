// children_test: children: their last words, their keys, their names, and life without a parent.
#include <set>

#include "conformance.hpp"
#include "tests/support/chosen.hpp"

namespace conformance::children {

/// Says one thing to its parent, and ends.
struct Brief : buskin::Actor<buskin::Init<Settings>> {
  explicit Brief(const Settings& settings) : parent(*settings.next()) {}
  void on_start(Context& context) {
    context.send(parent, Tick(1));
    context.exit();
  }
  Address parent;
};

struct Failing : buskin::Actor<Tick> {
  Failing() { throw std::runtime_error("no room in the inn"); }
  void on(Message<Tick>) {}
};

struct Family : buskin::Actor<Add, Tick, buskin::Ask<Read, Total>, buskin::Ask<Report, Reply>, buskin::Ask<Fail, Total>,
                              buskin::ChildActorExited> {
  void on(Message<Add> add, Context& context) {
    for (std::uint64_t i = 0; i < add->by(); ++i) (void)context.create<Brief>(context.self());
    if (add->by() == 0) (void)context.create<Failing>();
  }
  void on(Message<Tick> tick, Context& context) {
    if (tick->number() == 1) heard.insert(tick.sender());
    if (tick->number() == 2) child = context.create<Hello>({.name = "first", .place = buskin::here});
    if (tick->number() == 3) again = context.create<Hello>({.name = "first", .place = buskin::here});
  }
  void on(Message<Read>, ReplyTo<Total> reply) { reply(in_order + 1'000'000 * wrong); }
  void on(Message<Fail>, ReplyTo<Total> reply, Context& context) {
    (void)context.create<Hello>({.place = buskin::here});
    if (++calls == 1) throw std::runtime_error("after the child was made");
    reply(context.children().size());
  }
  void on(Message<Report>, ReplyTo<Reply> reply, Context& context) {
    std::string text = reason;
    for (const auto& one : context.children()) {
      text += one.name + "/" + one.type + (child == again ? "/same" : "/other");
    }
    reply(text + " " + child.address().to_string());
  }
  void on(Message<buskin::ChildActorExited> gone) {
    reason = gone->reason.view();
    ++(heard.contains(gone->child) || gone->code != buskin::Code::Ok ? in_order : wrong);
  }
  struct Less {
    bool operator()(const Address& a, const Address& b) const {
      return a.index() != b.index() ? a.index() < b.index() : a.generation() < b.generation();
    }
  };
  std::set<Address, Less> heard;
  std::uint64_t in_order = 0;
  std::uint64_t wrong = 0;
  std::uint64_t calls = 0;
  std::string reason;
  Ref<Hello> child;
  Ref<Hello> again;
};

/// Makes a child when it ends.
struct Testator : buskin::Actor<Tick> {
  void on(Message<Tick>) {}
  void on_stop(Context& context) { (void)context.create<Hello>({.name = "heir"}); }
};

class Children : public Conformance {};

TEST_P(Children, AParentHearsTheResultBeforeTheEnd) {
  const bool is_long = buskin::test::is_long() && !buskin::test::kIsSanitized;
  const std::uint64_t count = is_long ? 10'000 : GetParam() == buskin::Base::Processes ? 20 : 500;
  const auto family = system_.create<Family>();
  system_.send<Add>(*family, count);
  // Ends: when all are accounted for, or with the test's own time limit.
  while (read(*family) < count) {
  }
  EXPECT_EQ(read(*family), count);
}

TEST_P(Children, AFailedStartTellsTheParentWhy) {
  const auto family = system_.create<Family>();
  system_.send<Add>(*family, 0u);
  // Ends: with the notice, or with the test's own time limit.
  while (read(*family) == 0) {
  }
  EXPECT_EQ(system_.ask<Report>(*family, 30s)->text()->str().substr(0, 18), "no room in the inn");
}

TEST_P(Children, AChildWithAKeyIsReturnedAndNotDoubled) {
  const auto family = system_.create<Family>();
  system_.send(*family, Tick(2));
  system_.send(*family, Tick(3));
  const std::string text = system_.ask<Report>(*family, 30s)->text()->str();
  EXPECT_EQ(text.substr(0, text.find(' ')), "first/conformance::Hello/same");
}

TEST_P(Children, ARepeatedTurnFindsTheChildThatItMade) {
  const auto family = system_.create<Family>();
  EXPECT_EQ(system_.ask<Fail>(*family, 30s, 1u)->n(), 1u);
}

TEST_P(Children, AChildOutlivesAParentThatEndsAlone) {
  const auto family = system_.create<Family>();
  // It has a process of its own, and the parent's ends with it.
  system_.send(*family, Tick(2));
  const std::string text = system_.ask<Report>(*family, 30s)->text()->str();
  const auto child = buskin::Address::parse(text.substr(text.find(' ') + 1));
  ASSERT_TRUE(child.has_value());
  system_.exit(*family, {.recursive = false});
  // Ends: when the parent is gone.
  while (system_.ask<Read>(*family, 30s).ok()) {
  }
  EXPECT_EQ(system_.ask<Greet>(buskin::Ref<Hello>(*child), 30s, "orphan")->text()->str(), "Hello, orphan!");
}

TEST_P(Children, ChildrenEndWithTheirParent) {
  const auto family = system_.create<Family>();
  system_.send(*family, Tick(2));
  const std::string text = system_.ask<Report>(*family, 30s)->text()->str();
  const auto child = buskin::Address::parse(text.substr(text.find(' ') + 1));
  system_.exit(*family);
  // Ends: when the parent is gone, and so is its child before it.
  while (system_.ask<Read>(*family, 30s).ok()) {
  }
  EXPECT_EQ(system_.try_send<Greet>(*child, "?").code(), buskin::Code::NoSuchActor);
}

TEST_P(Children, AChildThatOnStopMakesEndsWithItsParent) {
  const auto testator = system_.create<Testator>({.name = "testator"});
  system_.exit(*testator);
  // Ends: when the parent is gone, and so is its child before it.
  while (system_.find("testator")) system_.run_until_idle();
  EXPECT_FALSE(system_.find("heir"));
}

INSTANTIATE_TEST_SUITE_P(Bases, Children, kBases, name_of_base);

}  // namespace conformance::children
