// taken_ends_test: an end that is taken happens once, for its reason, whatever the process dies of then.
//
// Real signals in processes of their own; on the bases that live in one process the death is injected.
#include <fstream>

#include "herald.hpp"
#include "inside.hpp"
#include "tests/support/chosen.hpp"
#include "tests/support/dying.hpp"

namespace conformance::taken_ends {

using dying::die;

/// How an actor dies between its end's being taken and its being closed.
enum Death : std::uint8_t {
  kNone,
  kKilled,
  kFault,
  kExits,
  kThrows,
  kKilledInDestructor,
  kAbortsInDestructor,
  kThrowsInDestructor
};
constexpr std::array kDeaths = {kNone,   kKilled,           kFault, kExits, kThrows, kKilledInDestructor,
                                kAbortsInDestructor, kThrowsInDestructor};
/// How an end is taken.
enum class Way : std::uint32_t { Asked, AskedNow, OwnWish, Throws };
constexpr std::array kWays = {Way::Asked, Way::AskedNow, Way::OwnWish, Way::Throws};

/// Says at its on_stop, once each time, that it is called; then dies as Order::kind says.
template <buskin::Delivery kDelivery>
struct Dying : buskin::Actor<buskin::Init<Order>, Tick, buskin::Ask<Read, Total>> {
  static constexpr auto delivery = kDelivery;
  explicit Dying(const Order& order) : how(static_cast<Death>(order.kind())), witness(*order.to()) {}
  ~Dying() noexcept(false) {  // NOLINT: that is what is tested.
    if (!has_stopped) return;
    if (how == kKilledInDestructor) die(SIGKILL);
    if (how == kAbortsInDestructor) std::abort();
    if (how == kThrowsInDestructor) throw std::runtime_error("in a destructor");
  }
  void on(Message<Tick> tick, Context& context) {
    if (static_cast<Way>(tick->number()) == Way::Throws) throw std::runtime_error("broken");
    context.exit();
  }
  void on(Message<Read>, ReplyTo<Total> reply) { reply(static_cast<std::uint64_t>(::getpid())); }
  void on_stop(Context& context) {
    context.send(witness, Tick(1));
    has_stopped = true;
    if (how == kKilled) die(SIGKILL);
    if (how == kFault) die(SIGSEGV);
    if (how == kExits) std::exit(3);
    if (how == kThrows) throw std::runtime_error("in on_stop");
  }
  Death how;
  Ref<Sum> witness;
  bool has_stopped = false;
};

/// Makes a child for each Order, whose count is its delivery, and says what it hears of it.
struct Home : buskin::Actor<Order, buskin::Ask<Report, Reply>, buskin::ChildActorExited, buskin::ChildActorRestarted> {
  void on(Message<Order> order, Context& context) {
    switch (static_cast<buskin::Delivery>(order->count())) {
      case buskin::Delivery::AtLeastOnce: return make<buskin::Delivery::AtLeastOnce>(*order, context);
      case buskin::Delivery::AtMostOnce: return make<buskin::Delivery::AtMostOnce>(*order, context);
      case buskin::Delivery::ExactlyOnce: return make<buskin::Delivery::ExactlyOnce>(*order, context);
    }
  }
  template <buskin::Delivery kDelivery>
  void make(const Order& order, Context& context) {
    heard.clear();
    child = context.create<Dying<kDelivery>>({.supervise = {.on_throw = buskin::Decision::Stop}}, order.kind(),
                                             buskin::Address(*order.to()), order.count());
  }
  void on(Message<Report>, ReplyTo<Reply> reply) { reply(child.to_string() + " " + heard); }
  void on(Message<buskin::ChildActorExited> gone) {
    heard += buskin::to_string(gone->code) + (": " + std::string(gone->reason.view())) + "|";
  }
  void on(Message<buskin::ChildActorRestarted>) { heard += "restarted|"; }
  buskin::Address child;
  std::string heard;
};

class Ends : public Heralds {
 protected:
  static bool is_possible(Death death) {
    const bool has_processes = GetParam() == buskin::Base::Processes;
    if (death == kFault) return !has_processes || !buskin::test::kIsSanitized;
    return has_processes || (death != kExits && death != kAbortsInDestructor);
  }
  void make_child(Death death, buskin::Delivery delivery = buskin::Delivery::AtLeastOnce) {
    witness_ = *system_.create<Sum>();
    system_.send<Order>(home_, static_cast<std::uint8_t>(death), buskin::Address(witness_),
                        static_cast<std::uint32_t>(delivery));
    child_ = *buskin::Address::parse(first_word(home_says()));
    ASSERT_TRUE((system_.ask<Read, Total>(child_, 30s)));
  }
  std::string home_says() { return system_.ask<Report>(home_, 30s)->text()->str(); }
  static std::string first_word(const std::string& text) { return text.substr(0, text.find(' ')); }
  std::string heard() {
    const std::string text = home_says();
    return text.substr(text.find(' ') + 1);
  }
  void take(Way way) {
    switch (way) {
      case Way::Asked: return system_.exit(child_);
      case Way::AskedNow: return system_.exit(child_, {.now = true});
      default: system_.send(child_, Tick(static_cast<std::uint32_t>(way)));
    }
  }
  /// What the parent has heard when the child is gone for good.
  std::string fate() {
    std::string text;
    // Ends: with the notice, or with the test's own time limit.
    while (text.find(": ") == std::string::npos) text = heard();
    EXPECT_EQ(system_.try_send(child_, Tick(1)).code(), buskin::Code::NoSuchActor);
    return text;
  }
  buskin::Ref<Home> home_ = *system_.create<Home>();
  buskin::Ref<Sum> witness_;
  buskin::Address child_;
};

TEST_P(Ends, HappenOnceWhateverTheProcessDiesOfThen) {
  for (const Death death : kDeaths) {
    if (!is_possible(death)) continue;
    make_child(death);
    take(Way::Asked);
    EXPECT_EQ(fate(), "ok: exit|") << int{death};
    EXPECT_EQ(read(witness_), 1u) << int{death} << ": on_stop ran more than once, or never";
  }
  EXPECT_EQ(heard(), "ok: exit|");
  EXPECT_EQ(counted(system_, shm::Counter::Restarted), 0u);
  EXPECT_EQ(findings(system_), "");
}

TEST_P(Ends, HappenHoweverTheyWereTaken) {
  using buskin::Delivery;
  for (const auto delivery : {Delivery::AtLeastOnce, Delivery::AtMostOnce, Delivery::ExactlyOnce}) {
    for (const Way way : kWays) {
      make_child(kKilled, delivery);
      take(way);
      EXPECT_EQ(fate(), way == Way::Throws ? "actor_died: broken|" : "ok: exit|") << static_cast<int>(way);
      EXPECT_EQ(read(witness_), 1u);
    }
  }
  EXPECT_EQ(counted(system_, shm::Counter::Restarted), 0u);
}

/// Stands at the gate in its on_stop.
struct Lingerer : buskin::Actor<buskin::Init<Pause>, buskin::Ask<Read, Total>> {
  explicit Lingerer(const Pause& pause) : gate(pause.gate()->str()) {}
  void on(Message<Read>, ReplyTo<Total> reply) { reply(static_cast<std::uint64_t>(::getpid())); }
  void on_stop(Context&) {
    std::ofstream(gate + ".reached") << "";
    stand_at(gate);
  }
  std::string gate;
};

/// Has one child that lingers, and lingers itself.
struct Elder : buskin::Actor<buskin::Init<Pause>, buskin::Ask<Read, Total>, buskin::Ask<Report, Reply>> {
  explicit Elder(const Pause& pause) : gate(pause.gate()->str()) {}
  void on_start(Context& context) { child = context.create<Lingerer>(gate); }
  void on_stop(Context&) {
    std::ofstream(gate + ".elder") << "";
    stand_at(gate);
  }
  void on(Message<Read>, ReplyTo<Total> reply) { reply(static_cast<std::uint64_t>(::getpid())); }
  void on(Message<Report>, ReplyTo<Reply> reply) { reply(child.address().to_string()); }
  std::string gate;
  Ref<Lingerer> child;
};

/// The parent of an Elder.
struct Eldest : buskin::Actor<buskin::Ask<Pause, Reply>, buskin::Ask<Report, Reply>, buskin::ChildActorExited,
                              buskin::ChildActorRestarted> {
  void on(Message<Pause> pause, ReplyTo<Reply> reply, Context& context) {
    reply(context.create<Elder>(pause->gate()->str()).address().to_string());
  }
  void on(Message<Report>, ReplyTo<Reply> reply) { reply(heard); }
  void on(Message<buskin::ChildActorExited> gone) {
    heard += buskin::to_string(gone->code) + (": " + std::string(gone->reason.view())) + "|";
  }
  void on(Message<buskin::ChildActorRestarted>) { heard += "restarted|"; }
  std::string heard;
};

/// Deaths of a parent from outside: on one base only.
class EndsOfFamilies : public Heralds {
 protected:
  void SetUp() override {
    close_gate();
    elder_ = buskin::Ref<Elder>(*buskin::Address::parse(system_.ask<Pause>(eldest_, 30s, gate_)->text()->str()));
    child_ = buskin::Ref<Lingerer>(
        *buskin::Address::parse(system_.ask<Report>(elder_, 30s)->text()->str()));
    ASSERT_NE(read(child_), 0u);
  }
  void kill_elder_at(const std::string& sign, const buskin::ExitOptions& options) {
    const auto pid = static_cast<pid_t>(read(elder_));
    system_.exit(elder_, options);
    // Ends: when the sign is there, or with the test's own time limit.
    while (!std::filesystem::exists(gate_ + sign)) std::this_thread::sleep_for(1ms);
    ASSERT_EQ(::kill(pid, SIGKILL), 0);
  }
  std::string heard(std::size_t least) {
    std::string text;
    // Ends: with the notice, or with the test's own time limit.
    while (text.size() < least) text = system_.ask<Report>(eldest_, 30s)->text()->str();
    return text;
  }
  buskin::Ref<Eldest> eldest_ = *system_.create<Eldest>();
  buskin::Ref<Elder> elder_;
  buskin::Ref<Lingerer> child_;
};

TEST_P(EndsOfFamilies, OfAParentThatIsKilledWhileItWaitsForItsChildrenHappen) {
  kill_elder_at(".reached", {});
  EXPECT_EQ(heard(1), "ok: exit|");
  EXPECT_EQ(system_.try_send<Read>(elder_).code(), buskin::Code::NoSuchActor);
  open_gate();
  // Ends: when the child is gone, too, or with the test's own time limit.
  while (system_.try_send<Read>(child_).ok()) std::this_thread::sleep_for(1ms);
  EXPECT_EQ(heard(1), "ok: exit|");
  EXPECT_FALSE(std::filesystem::exists(gate_ + ".elder")) << "on_stop of the parent ran after its end was repaired";
}

TEST_P(EndsOfFamilies, OfAParentThatEndsAloneLeaveItsChildren) {
  kill_elder_at(".elder", {.recursive = false});
  EXPECT_EQ(heard(1), "ok: exit|");
  open_gate();
  EXPECT_NE(read(child_), 0u) << "the child was asked to end";
  system_.exit(child_);
  // Ends: when the child is gone, or with the test's own time limit.
  while (system_.try_send<Read>(child_).ok()) std::this_thread::sleep_for(1ms);
}

TEST_P(EndsOfFamilies, InASharedProcessRestartTheOthersOnce) {
  const auto place = buskin::shared("ends");
  const auto witness = *system_.create<Sum>();
  const auto other = *system_.create<Sum>({.place = place});
  const auto dying = *system_.create<Dying<buskin::Delivery::AtLeastOnce>>(
      {.place = place}, static_cast<std::uint8_t>(kKilled), buskin::Address(witness), 0u);
  system_.exit(dying);
  EXPECT_EQ(counted(system_, shm::Counter::Restarted, 1), 1u);
  EXPECT_EQ(read(other), 0u);
  // Ends: when it is closed, at the end of the repair, or with the test's own time limit.
  while (system_.try_send(dying, Tick(0)).ok()) std::this_thread::sleep_for(1ms);
  EXPECT_EQ(read(witness), 1u);
  EXPECT_EQ(counted(system_, shm::Counter::Restarted), 1u);
}

INSTANTIATE_TEST_SUITE_P(Bases, Ends, kBases, name_of_base);
INSTANTIATE_TEST_SUITE_P(Bases, EndsOfFamilies, ::testing::Values(buskin::Base::Processes), name_of_base);

}  // namespace conformance::taken_ends
