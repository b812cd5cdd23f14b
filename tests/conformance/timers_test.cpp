// timers_test: after, every, at and cancel; in exactly-once turns also over the death of the actor.
#include <regex>

#include "conformance.hpp"
#include "tests/support/dying.hpp"

namespace conformance::timers {

enum class Chore : std::uint8_t { After, Every, At, Cancel, AfterAndThrow, Die, Both };

/// Sets timers as it is told to, and passes on what they send.
template <buskin::Delivery kDelivery>
struct Clock : buskin::Actor<buskin::Init<Settings>, Order, Tick> {
  static constexpr auto delivery = kDelivery;
  explicit Clock(const Settings& settings) : next(*settings.next()) {}
  void on(buskin::Message<Order> order, buskin::Context& context) {
    const Tick tick(order->count());
    const bool is_first = order.attempt() == 1;
    switch (static_cast<Chore>(order->kind())) {
      case Chore::After: timer = context.after<Tick>(1ms, tick); break;
      case Chore::Every: timer = context.every<Tick>(1ms, tick); break;
      case Chore::At: timer = context.at<Tick>(std::chrono::system_clock::now() + 1ms, tick); break;
      case Chore::Cancel: context.cancel(timer); break;
      case Chore::AfterAndThrow:
        context.after<Tick>(1ms, tick);
        if (is_first) throw std::runtime_error("first attempt");
        break;
      case Chore::Both: context.cancel(context.after<Tick>(1ms, tick)); break;
      case Chore::Die:
        if (is_first) dying::die(SIGKILL);
    }
  }
  void on(buskin::Message<Tick> tick, buskin::Context& context) { context.send(next, *tick); }
  buskin::Ref<Sum> next;
  buskin::TimerId timer{};
};
using PlainClock = Clock<buskin::Delivery::AtLeastOnce>;
using ExactClock = Clock<buskin::Delivery::ExactlyOnce>;

/// Each timer sets the next one, and every third turn dies, before or after it did.
struct Escapement : buskin::Actor<buskin::Init<Settings>, Tick> {
  static constexpr auto delivery = buskin::Delivery::ExactlyOnce;
  explicit Escapement(const Settings& settings) : next(*settings.next()) {}
  void on(Message<Tick> tick, Context& context) {
    const std::uint32_t number = tick->number();
    if (tick.attempt() == 1 && number % 3 == 0) dying::die(SIGKILL);
    context.send<Add>(next, number);
    if (number < 30) context.after<Tick>(100us, Tick(number + 1));
    if (tick.attempt() == 1 && number % 3 == 1) dying::die(SIGKILL);
  }
  Ref<Sum> next;
};

/// A timer of its start, which is due after `span`, one of a turn that is due later, and one that is cancelled after a
/// death.
struct Sleeper : buskin::Actor<buskin::Init<Nap>, Order, Tick, buskin::Ask<Read, Total>, buskin::Saves<Total>> {
  static constexpr auto delivery = buskin::Delivery::ExactlyOnce;
  explicit Sleeper(const Nap& nap) : next(*nap.next()), span(nap.span_ms()) {}
  void on_start(Context& context) { context.after<Tick>(span, Tick(1)); }
  void on_restart(const Total& total) { saved = static_cast<buskin::TimerId>(total.n()); }
  void on(Message<Order> order, Context& context) {
    if (static_cast<Chore>(order->kind()) == Chore::Die) {
      if (order.attempt() == 1) dying::die(SIGKILL);
      return context.cancel(saved);
    }
    context.after<Tick>(2 * span, Tick(2));
    saved = context.every<Tick>(3 * span / 2, Tick(3));
    context.save<Total>(static_cast<std::uint64_t>(saved));
  }
  void on(Message<Tick> tick, Context& context) { context.send(next, *tick); }
  void on(Message<Read>, ReplyTo<Total> reply) { reply(static_cast<std::uint64_t>(saved)); }
  Ref<Sum> next;
  std::chrono::milliseconds span;
  buskin::TimerId saved{};
};

class Timers : public Conformance {
 protected:
  template <class A>
  void order(buskin::Ref<A> clock, Chore chore, std::uint32_t number = 0) {
    system_.send<Order>(clock, static_cast<std::uint8_t>(chore), buskin::Address(sum_), number);
  }
  void wait_for(std::uint64_t least) {
    // Ends: when so much has arrived, or with the test's own time limit.
    while (read(sum_) < least) {
    }
  }
  template <class A>
  void expect_all_verbs() {
    const auto clock = *system_.template create<A>(buskin::Address(sum_));
    order(clock, Chore::After, 1);
    wait_for(1);
    order(clock, Chore::Both, 9);
    order(clock, Chore::At, 2);
    wait_for(12);
    order(clock, Chore::AfterAndThrow, 3);
    wait_for(123);
    order(clock, Chore::Every, 4);
    wait_for(123'444);
    order(clock, Chore::Cancel);
    order(clock, Chore::After, 5);
    // Ends: when the last one has arrived, or with the test's own time limit.
    while (read(sum_) % 10 != 5) {
    }
    // On a busy machine `every` may have fired so often that the first digits are gone.
    const std::string digits = std::to_string(read(sum_));
    EXPECT_TRUE(std::regex_match(digits, std::regex("(123|23|3|)4+5"))) << digits;
  }
  buskin::Ref<Sum> sum_ = *system_.create<Sum>();
};

TEST_P(Timers, FireOnceOrAgainAndNotWhenCancelled) { expect_all_verbs<PlainClock>(); }

TEST_P(Timers, OfExactlyOnceTurnsDoTheSame) { expect_all_verbs<ExactClock>(); }

TEST_P(Timers, OfAnExactlyOnceTurnAreKeptOverARestartAndOthersAreNot) {
  // It says something only if the actor has died, and has cancelled its timer, before the first one is due. On a busy
  // machine that takes longer.
  // Ends: when the span is long enough, or with the test's own time limit.
  for (std::chrono::milliseconds span = 50ms;; span *= 2) {
    sum_ = *system_.create<Sum>();
    const auto begin = std::chrono::steady_clock::now();
    const auto sleeper = *system_.create<Sleeper>(buskin::Address(sum_), static_cast<std::uint32_t>(span.count()));
    order(sleeper, Chore::After);
    order(sleeper, Chore::Die);
    (void)read(sleeper);
    if (std::chrono::steady_clock::now() < begin + span) break;
  }
  wait_for(2);
  EXPECT_EQ(read(sum_), 2u);
}

TEST_P(Timers, ThatSetEachOtherGoOnOverTwentyDeaths) {
  const auto clock = *system_.create<Escapement>(buskin::Address(sum_));
  system_.send(clock, Tick(1));
  wait_for(30 * 31 / 2);
  EXPECT_EQ(read(sum_), 30u * 31 / 2);
}

INSTANTIATE_TEST_SUITE_P(Bases, Timers, kBases, name_of_base);

}  // namespace conformance::timers
