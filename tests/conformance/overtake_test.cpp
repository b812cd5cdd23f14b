// overtake_test: replies, deadlines and orders come before messages that wait, also between long handlers.
#include "herald.hpp"

namespace conformance::overtake {

constexpr std::uint32_t kMessages = 60;  // Fewer than an actor handles between two looks when they are short.

/// Takes long for each Tick until it has heard of its question, and says how many it had handled then.
struct Busy : buskin::Actor<Order, Tick, buskin::Ask<Read, Total>> {
  void on(Message<Order> order, Context& context) {
    const bool is_answered = order->kind() == 1;
    auto pending = context.request<Greet>(buskin::Ref<Mute>(*order->to()), is_answered ? 30s : 5ms, "refuse");
    pending.then([this](buskin::Answer<Reply>) { heard_after = handled; });
    for (std::uint32_t i = 0; i < order->count(); ++i) context.send(context.self(), Tick(i));
  }
  void on(Message<Tick>) {
    ++handled;
    if (heard_after == 0) std::this_thread::sleep_for(20ms);
  }
  void on(Message<Read>, ReplyTo<Total> reply) { reply(heard_after); }
  std::uint64_t handled = 0;
  std::uint64_t heard_after = 0;
};

/// Ends the sender of the second Tick.
struct Executioner : buskin::Actor<Tick, buskin::Ask<Read, Total>> {
  void on(Message<Tick> tick, Context& context) {
    if (++n == 2) context.exit(tick.sender(), {.now = true});
  }
  void on(Message<Read>, ReplyTo<Total> reply) { reply(n); }
  std::uint64_t n = 0;
};

/// Passes each Tick on, and takes long.
struct Slow : buskin::Actor<buskin::Init<Settings>, Tick> {
  explicit Slow(const Settings& settings) : next(*settings.next()) {}
  void on(Message<Tick> tick, Context& context) {
    context.send(next, *tick);
    std::this_thread::sleep_for(10ms);
  }
  Ref<Executioner> next;
};

/// Passes each Tick on three times.
struct Triple : buskin::Actor<buskin::Init<Settings>, Tick> {
  static constexpr auto delivery = buskin::Delivery::ExactlyOnce;
  explicit Triple(const Settings& settings) : next(*settings.next()) {}
  void on(Message<Tick> tick, Context& context) {
    for (int i = 0; i < 3; ++i) context.send(next, *tick);
  }
  Ref<Executioner> next;
};

class Overtake : public Heralds {
 protected:
  std::uint64_t heard_after(std::uint8_t is_answered) {
    const auto mute = system_.create<Mute>();
    const auto busy = system_.create<Busy>();
    system_.send<Order>(*busy, is_answered, buskin::Address(*mute), kMessages);
    return read(*busy);
  }
  std::uint64_t returned() { return std::stoull(report()); }
  buskin::Ref<Executioner> executioner_ = *system_.create<Executioner>({.mailbox = {.capacity = 1}});
};

TEST_P(Overtake, AReplyComesBeforeMessagesThatWait) { EXPECT_LT(heard_after(1), kMessages); }

TEST_P(Overtake, ADeadlineComesBeforeMessagesThatWait) { EXPECT_LT(heard_after(0), kMessages); }

TEST_P(Overtake, AnOrderToEndNowComesBeforeMessagesThatWait) {
  const auto slow = system_.create<Slow>(buskin::Address(executioner_));
  order(kTicks, *slow, kMessages);
  EXPECT_GT(std::stoull(report_of(1)), 0u);
}

TEST_P(Overtake, AnOrderToEndNowUndoesTheTurnThatWaitsForRoom) {
  constexpr std::uint64_t kTicksSent = 9;
  const auto triple = system_.create<Triple>({.name = "triple"}, buskin::Address(executioner_));
  order(kTicks, *triple, kTicksSent);
  // Ends: when it is gone, or with the test's own time limit.
  while (system_.find("triple")) system_.run_until_idle();
  const auto watchdog = std::chrono::steady_clock::now() + 20s;
  while (read(executioner_) != 3 * (kTicksSent - returned()) && std::chrono::steady_clock::now() < watchdog) {
  }
  EXPECT_EQ(read(executioner_), 3 * (kTicksSent - returned())) << "what was not passed on came back";
  EXPECT_GT(returned(), 0u);
}

INSTANTIATE_TEST_SUITE_P(Bases, Overtake, kBases, name_of_base);

}  // namespace conformance::overtake
