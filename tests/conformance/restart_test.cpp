// restart_test: what a restarted actor keeps, what is gone, who hears of it, and who is restarted too.
#include "tests/support/dying.hpp"
#include "herald.hpp"
#include "inside.hpp"

namespace conformance::restart {

using buskin::Decision;
using buskin::Strategy;
using dying::die;

/// How an actor fails, as Tick says it; in the first attempt.
enum Failure : std::uint32_t { kThrow = 1, kCrash = 2 };

void fail(std::uint32_t how, std::uint32_t attempt) {
  if (attempt > 1) return;
  if (how == kThrow) throw std::runtime_error("broken");
  if (how == kCrash) die(SIGKILL);
}

/// Answers only when it is told to.
struct Lender : buskin::Actor<buskin::Ask<Read, Total>, Tick, buskin::Ask<Report, Reply>> {
  void on(Message<Read>, ReplyTo<Total> reply) { kept.push_back(std::move(reply)); }
  void on(Message<Tick>) {
    for (auto& reply : kept) reply(1u);
    kept.clear();
  }
  void on(Message<Report>, ReplyTo<Reply> reply) { reply(std::to_string(kept.size())); }
  std::vector<ReplyTo<Total>> kept;
};

/// Has one of everything.
struct Phoenix
    : buskin::Actor<buskin::Init<Settings>, Tick, Add, buskin::Ask<Read, Total>, buskin::Ask<Report, Reply>> {
  explicit Phoenix(const Settings& settings) : next(*settings.next()) {}
  void on_start(Context& context) { (void)context.create<Hello>({.name = "egg"}); }
  void on(Message<Tick> tick, Context& context) {
    fail(tick->number(), tick.attempt());
    if (tick->number() != 0) return;
    context.become<Add>([this](Message<Add>) { n += 100; });
    context.request<Read>(next, 60s).then([this](buskin::Answer<Total>) { n += 10'000; });
  }
  void on(Message<Add>) { ++n; }
  void on(Message<Read>, ReplyTo<Total> reply) { reply(n); }
  void on(Message<Report>, ReplyTo<Reply> reply, Context& context) {
    std::string text = next.address().to_string();
    for (const auto& child : context.children()) text += " " + child.name + " " + child.address.to_string();
    reply(text);
  }
  Ref<Lender> next;
  std::uint64_t n = 0;
};

class Restarts : public Conformance {
 protected:
  std::string report(buskin::Ref<Phoenix> phoenix) { return system_.ask<Report>(phoenix, 60s)->text()->str(); }
  buskin::SuperviseOptions restart_always_ = {.on_throw = Decision::Restart};
};

TEST_P(Restarts, AddressNameInitMessageAndChildrenAreKept) {
  for (const Failure how : {kThrow, kCrash}) {
    const auto lender = system_.create<Lender>();
    const auto phoenix =
        system_.create<Phoenix>({.name = "phoenix", .supervise = restart_always_}, buskin::Address(*lender));
    const std::string before = report(*phoenix);
    EXPECT_NE(before.find(" egg "), std::string::npos);
    system_.send(*phoenix, Tick(how));
    EXPECT_EQ(report(*phoenix), before);
    EXPECT_EQ(system_.find("phoenix"), phoenix->address());
    system_.exit(*phoenix);
    // Ends: when it is gone, and with it the name.
    while (system_.find("phoenix") || system_.find("egg")) system_.run_until_idle();
  }
}

TEST_P(Restarts, MembersBecomeAndRequestsInFlightAreGone) {
  for (const Failure how : {kThrow, kCrash}) {
    const auto lender = system_.create<Lender>();
    const auto phoenix = system_.create<Phoenix>({.supervise = restart_always_}, buskin::Address(*lender));
    system_.send(*phoenix, Tick(0));
    system_.send<Add>(*phoenix, 1u);
    EXPECT_EQ(read(*phoenix), 100u);
    const std::uint64_t stale = counted(system_, shm::Counter::StaleReply);
    const std::uint64_t late = counted(system_, shm::Counter::LateReply);
    system_.send(*phoenix, Tick(how));
    system_.send<Add>(*phoenix, 1u);
    EXPECT_EQ(read(*phoenix), 1u);
    system_.send(*lender, Tick(0));
    EXPECT_EQ(system_.ask<Report>(*lender, 60s)->text()->str(), "0");
    EXPECT_EQ(read(*phoenix), 1u);
    // An answer to this instance is late, one to a former instance stale.
    const std::uint64_t stale_more = how == kCrash ? 1 : 0;
    EXPECT_EQ(counted(system_, shm::Counter::StaleReply, stale + stale_more) - stale, stale_more);
    EXPECT_EQ(counted(system_, shm::Counter::LateReply, late + 1 - stale_more) - late, 1 - stale_more);
    system_.exit(*phoenix);
    // Ends: when it is gone, and with it the name of its child.
    while (system_.find("egg")) system_.run_until_idle();
  }
}

/// Fails as Tick says, and knows whether it is the first of its kind.
struct Toddler : buskin::Actor<Tick, buskin::Ask<Read, Total>> {
  void on(Message<Tick> tick) { fail(tick->number(), tick.attempt()); }
  void on(Message<Read>, ReplyTo<Total> reply) { reply(is_new ? 1u : 0u); }
  void on_restart(Context&) { is_new = true; }
  bool is_new = false;
};

/// Three children, as Order::kind says: what they do after a failure, and a limit of restarts.
template <Strategy kStrategy>
struct Nursery
    : buskin::Actor<Order, buskin::Ask<Report, Reply>, buskin::ChildActorRestarted, buskin::ChildActorExited> {
  static constexpr auto strategy = kStrategy;
  void on(Message<Order> order, Context& context) {
    const auto decision = static_cast<Decision>(order->kind());
    for (auto& child : children) {
      child = context.create<Toddler>(
          {.supervise = {.on_throw = decision, .on_crash = decision, .restarts = order->count(), .within = 1h}});
    }
  }
  void on(Message<Report>, ReplyTo<Reply> reply) {
    std::string text;
    for (const auto& child : children) text += child.address().to_string() + " ";
    reply(text + "|" + heard);
  }
  void on(Message<buskin::ChildActorRestarted> told) { hear("restarted", told->child, told->reason.view()); }
  void on(Message<buskin::ChildActorExited> gone) { hear("gone", gone->child, gone->reason.view()); }
  void hear(const char* what, const Address& who, std::string_view why) {
    for (std::size_t i = 0; i < children.size(); ++i) {
      if (children[i].address() == who) heard += std::to_string(i) + " " + what + ": " + std::string(why) + "|";
    }
  }
  std::array<Ref<Toddler>, 3> children;
  std::string heard;
};

template <Strategy kStrategy>
struct Team {
  explicit Team(buskin::ActorSystem& of, Decision decision = Decision::Restart, std::uint32_t restarts = 100)
      : system(of), parent(*of.create<Nursery<kStrategy>>()) {
    system.send<Order>(parent, static_cast<std::uint8_t>(decision), buskin::Address(parent), restarts);
    std::string text = report();
    for (auto& child : children) {
      child = buskin::Ref<Toddler>(*buskin::Address::parse(text.substr(0, text.find(' '))));
      text.erase(0, text.find(' ') + 1);
    }
  }
  std::string report() { return system.ask<Report>(parent, 60s)->text()->str(); }
  std::string heard() {
    const std::string text = report();
    return text.substr(text.find('|') + 1);
  }
  /// What the parent hears last, when it has heard so many.
  std::string heard(std::ptrdiff_t count) {
    std::string text;
    // Ends: when it has, or with the test's own time limit.
    while (std::count(text.begin(), text.end(), '|') < count) text = heard();
    return text;
  }
  /// The middle one fails; who is new then?
  std::string fail(Failure how) {
    system.send(children[1], Tick(how));
    std::string text;
    // It first: when it answers, all others have been told.
    for (const int i : {1, 0, 2}) {
      text += std::to_string(system.ask<Read>(children[static_cast<std::size_t>(i)], 60s)->n());
    }
    return text;
  }
  buskin::ActorSystem& system;
  buskin::Ref<Nursery<kStrategy>> parent;
  std::array<buskin::Ref<Toddler>, 3> children;
};

TEST_P(Restarts, OneForOneRestartsTheOneThatFailed) {
  for (const Failure how : {kThrow, kCrash}) {
    Team<Strategy::OneForOne> team(system_);
    EXPECT_EQ(team.fail(how), "100");
    EXPECT_EQ(team.heard(), how == kThrow ? "1 restarted: broken|" : "1 restarted: its process died|");
  }
}

TEST_P(Restarts, OneForAllRestartsAllSiblings) {
  for (const Failure how : {kThrow, kCrash}) {
    Team<Strategy::OneForAll> team(system_);
    EXPECT_EQ(team.fail(how), "111");
    const std::string heard = team.heard(3);
    EXPECT_NE(heard.find("0 restarted: a sibling was restarted|"), std::string::npos) << heard;
    EXPECT_NE(heard.find("2 restarted: a sibling was restarted|"), std::string::npos) << heard;
  }
}

TEST_P(Restarts, RestForOneRestartsThoseThatCameLater) {
  for (const Failure how : {kThrow, kCrash}) {
    Team<Strategy::RestForOne> team(system_);
    EXPECT_EQ(team.fail(how), "101");
  }
}

TEST_P(Restarts, AParentHearsOfEachCrashOnce) {
  Team<Strategy::OneForOne> team(system_);
  std::string expected;
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(team.fail(kCrash), "100");
    expected += "1 restarted: its process died|";
    EXPECT_EQ(team.heard(), expected);
  }
}

TEST_P(Restarts, AnActorThatCrashesTooOftenEndsWithTheReason) {
  Team<Strategy::OneForOne> team(system_, Decision::Restart, 2);
  for (int i = 0; i < 3; ++i) system_.send(team.children[1], Tick(kCrash));
  const std::string heard = team.heard(4);
  EXPECT_NE(heard.find("1 gone: its process was ended by signal 9"), std::string::npos) << heard;
}

TEST_P(Restarts, AStoppedActorEndsAtItsFirstCrash) {
  Team<Strategy::OneForOne> team(system_, Decision::Stop);
  system_.send(team.children[1], Tick(kCrash));
  EXPECT_EQ(team.heard(1).substr(0, 42), "1 gone: its process was ended by signal 9 ");
}

TEST_P(Restarts, AnEscalatedCrashEndsTheParentToo) {
  Team<Strategy::OneForOne> team(system_, Decision::Escalate);
  system_.send(team.children[1], Tick(kCrash));
  // Ends: when the parent is gone, or with the test's own time limit.
  while (system_.ask<Report>(team.parent, 60s).ok()) {
  }
  for (const auto& child : team.children) EXPECT_EQ(system_.try_send(child, Tick(0)).code(), buskin::Code::NoSuchActor);
}

/// Has one child, which lives where it does.
struct Hearth : buskin::Actor<Tick, buskin::Ask<Report, Reply>> {
  void on_start(Context& context) { child = context.create<Toddler>({.place = buskin::here}); }
  void on(Message<Tick> tick) { fail(tick->number(), tick.attempt()); }
  void on(Message<Report>, ReplyTo<Reply> reply, Context& context) {
    reply(child.address().to_string() + " " + std::to_string(context.children().size()));
  }
  Ref<Toddler> child;
};

TEST_P(Restarts, AChildThatLivesWhereItsParentDoesIsKeptWithItsMail) {
  const auto hearth = system_.create<Hearth>();
  const std::string before = system_.ask<Report>(*hearth, 60s)->text()->str();
  const buskin::Ref<Toddler> child(*buskin::Address::parse(before.substr(0, before.find(' '))));
  const bool is_one_process = GetParam() != buskin::Base::Processes;
  EXPECT_EQ(read(child), 0u);
  // A crash takes the other actor with it, where the two share a process.
  system_.send(*hearth, Tick(kCrash));
  EXPECT_EQ(system_.ask<Report>(*hearth, 60s)->text()->str(), before);
  EXPECT_EQ(read(child), is_one_process ? 0u : 1u);
  for (int i = 0; i < 3; ++i) {
    system_.send(child, Tick(kCrash));
    EXPECT_EQ(read(child), 1u);
    EXPECT_EQ(system_.ask<Report>(*hearth, 60s)->text()->str(), before);
  }
  system_.exit(*hearth);
  // Ends: when both are gone, the child first.
  while (system_.ask<Report>(*hearth, 60s).ok()) {
  }
  EXPECT_EQ(system_.try_send(child, Tick(0)).code(), buskin::Code::NoSuchActor);
}

INSTANTIATE_TEST_SUITE_P(Bases, Restarts, kBases, name_of_base);

}  // namespace conformance::restart
