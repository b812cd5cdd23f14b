// MemoryFixture: actors that need memory, and a system in which there is none.
#pragma once

#include <functional>

#include "conformance.hpp"
#include "inside.hpp"
#include "tests/support/chosen.hpp"

namespace conformance::memory {

using shm::Counter;

constexpr std::size_t kLarge = 900'000;

enum Need : std::uint8_t { kState, kTimer, kSend, kDraft, kJournal, kAnswered, kHuge, kNothing, kNobody };

/// Numbers the orders that it has handled, and needs memory for each: for which purpose, the order says.
template <buskin::Delivery kDelivery>
struct Needy : buskin::Actor<buskin::Init<Settings>, Order, buskin::Bytes, Greet, buskin::Ask<Read, Total>,
                             buskin::Ask<Report, Reply>, buskin::Undeliverable, buskin::Saves<buskin::Bytes>> {
  static constexpr auto delivery = kDelivery;
  explicit Needy(const Settings& settings) : sink(*settings.next()) {}
  void on(Message<Order> order, Context& context) {
    ++n;
    if (order.redelivered()) ++again;
    attempt = order.attempt();
    const std::string large(kLarge, 'x');
    switch (static_cast<Need>(order->kind())) {
      case kState: break;
      case kTimer: context.after<buskin::Bytes>(1ms, large); break;
      case kSend: context.send<buskin::Bytes>(context.self(), large); break;
      case kDraft: {
        auto draft = context.draft<Greet>(kLarge);
        draft.finish(CreateGreet(draft.builder(), draft.builder().CreateString(large)));
        context.send(context.self(), std::move(draft));
        break;
      }
      case kJournal:
        for (std::uint32_t i = 0; i < order->count(); ++i) context.send<Add>(sink, 0);
        break;
      case kAnswered:
        context.request<Read>(sink, 30s).then([this](buskin::Answer<Total>, Context& after) {
          after.send<Greet>(after.self(), "committed");
          keep_state(after, kLarge);
        });
        break;
      case kHuge: return keep_state(context, 17 << 20);
      case kNothing: break;
      case kNobody: return context.send(Address(*order->to()), Tick(7));
    }
    context.send(sink, Tick(static_cast<std::uint32_t>(n)));
    keep_state(context, order->kind() == kState ? kLarge : 100);
  }
  void on(Message<buskin::Bytes>) { ++arrived; }
  void on(Message<Greet>) { ++arrived; }
  void on(Message<buskin::Undeliverable> notice) {
    back = notice->code;
    const auto* const original = notice.original<Tick>();
    brought = original != nullptr ? original->number() : 0;
  }
  void on(Message<Read>, ReplyTo<Total> reply) { reply(n); }
  void on(Message<Report>, ReplyTo<Reply> reply) {
    reply(std::to_string(n) + " handled, " + std::to_string(again) + " again, attempt " + std::to_string(attempt) +
          ", " + std::to_string(arrived) + " arrived, " + buskin::to_string(back) + " of " + std::to_string(brought));
  }
  void on_restart(const buskin::Bytes& saved) { n = static_cast<std::uint8_t>(saved.view()[0]); }
  void keep_state(Context& context, std::size_t bytes) {
    std::string state(bytes, 'x');
    state[0] = static_cast<char>(n);
    context.save<buskin::Bytes>(state);
  }

  Ref<Sum> sink;
  std::uint64_t n = 0;
  std::uint64_t again = 0;
  std::uint64_t arrived = 0;
  std::uint64_t brought = 0;
  std::uint32_t attempt = 0;
  buskin::Code back = buskin::Code::Ok;
};

using Exact = Needy<buskin::Delivery::ExactlyOnce>;
using Repeating = Needy<buskin::Delivery::AtLeastOnce>;

/// Gathers orders, and saves a large state when a group ends.
struct Gatherer : buskin::Actor<buskin::Init<Settings>, Order, buskin::Ask<Read, Total>, buskin::Saves<buskin::Bytes>> {
  static constexpr auto delivery = buskin::Delivery::ExactlyOnce;
  static constexpr buskin::Group group{.messages = 10, .within = 20s};
  explicit Gatherer(const Settings& settings) : sink(*settings.next()) {}
  void on(Message<Order>, Context& context) { context.send(sink, Tick(static_cast<std::uint32_t>(++n))); }
  void on(Message<Read>, ReplyTo<Total> reply) { reply(n); }
  void on_save(Context& context) noexcept {
    std::string state(kLarge, 'x');
    state[0] = static_cast<char>(n);
    context.save<buskin::Bytes>(state);
  }
  void on_restart(const buskin::Bytes& saved) { n = static_cast<std::uint8_t>(saved.view()[0]); }
  Ref<Sum> sink;
  std::uint64_t n = 0;
};

/// Answers with more than there is memory for.
template <buskin::Delivery kDelivery>
struct Verbose : buskin::Actor<buskin::Ask<Greet, Reply>, Tick> {
  static constexpr auto delivery = kDelivery;
  void on(Message<Greet>, ReplyTo<Reply> reply) { reply(std::string(kLarge, 'x')); }
  void on(Message<Tick>) { throw std::runtime_error("verbose"); }
};

class MemoryFixture : public ::testing::TestWithParam<buskin::Base> {
 protected:
  void SetUp() override {
    // TSan does not see that a block which this process filled went through another one.
    const bool is_blind = buskin::test::kHasThreadSanitizer && GetParam() == buskin::Base::Processes;
    if (is_blind) GTEST_SKIP() << "TSan reports blocks that went through other processes";
  }
  static buskin::SystemOptions options() {
    buskin::SystemOptions options = private_on(GetParam());
    options.memory_max = 16 << 20;
    return options;
  }
  /// From here on there is no memory but for small messages.
  void fill() {
    // Beside these there is memory for others of their sizes.
    for (const Need need : {kState, kNothing}) {
      for (const std::uint32_t count : {0u, 1u}) system_.send<Order>(store_.address(), need, buskin::Address(), count);
    }
    for (const std::size_t bytes : {300'000u, 15'000u, 900u, 200u, 100u}) {
      // Ends: with the memory of the system, and its reserve.
      while (system_.try_send<buskin::Bytes>(store_.address(), std::string(bytes, 'x')).ok()) {
      }
    }
  }
  void free_all() {
    store_.poll([](buskin::AnyMessage&) {});
  }
  /// Lets the actors run until so many turns were put off.
  void wait_until_put_off(std::uint64_t count) {
    const auto watchdog = std::chrono::steady_clock::now() + 20s;
    while (counted(system_, Counter::PutOff) < count && std::chrono::steady_clock::now() < watchdog) {
      inbox_.poll([](buskin::AnyMessage&) {});
      std::this_thread::yield();
    }
    EXPECT_GE(counted(system_, Counter::PutOff), count);
  }
  template <class A>
  std::uint64_t read(buskin::Ref<A> actor) {
    return system_.ask<Read>(actor, 30s)->n();
  }
  void expect_nothing_lost() {
    EXPECT_EQ(counted(system_, Counter::Poison), 0u);
    EXPECT_EQ(counted(system_, Counter::FailedTurns), 0u);
    EXPECT_EQ(findings(system_), "");
  }
  /// An actor sends to nobody, and finds no memory for the notice; then there is some.
  template <class A>
  void send_to_nobody_without_memory(buskin::Ref<A> actor) {
    const auto gone = system_.create<Sum>();
    system_.exit(*gone);
    // Ends: when it is gone.
    while (system_.ask<Read>(*gone, 30s).ok()) {
    }
    system_.send<Order>(actor, kNobody, sink_, 0u);  // Beside it there is memory for another one.
    (void)read(actor);
    fill();
    system_.send<Order>(actor, kNobody, *gone, 0u);
    // A thread of its own may have an empty span, and memory for the notice.
    if (GetParam() == buskin::Base::Sequential) wait_until_put_off(3);
    free_all();
    std::string report;
    // Ends: with the notice, or the test's own time limit.
    do {
      report = system_.ask<Report>(actor, 30s)->text()->str();
    } while (report.find("no_such_actor of 7") == std::string::npos);
  }
  /// Three orders of an actor, the first of which finds no memory; then there is some.
  template <class A>
  void order_without_memory(buskin::Ref<A> actor, Need need, std::uint32_t count = 0) {
    (void)read(actor);
    (void)read(sink_);
    fill();
    for (int i = 0; i < 3; ++i) system_.send<Order>(actor, need, buskin::Address(), count);
    wait_until_put_off(3);
    free_all();
    // Ends: when all have arrived, or the test's own time limit.
    while (read(sink_) < 123) {
    }
    EXPECT_EQ(read(sink_), 123u);
  }

  buskin::ActorSystem system_{options()};
  buskin::Inbox store_ = system_.inbox();
  buskin::Inbox inbox_ = system_.inbox();
  buskin::Ref<Sum> sink_ = *system_.create<Sum>();
};

}  // namespace conformance::memory
