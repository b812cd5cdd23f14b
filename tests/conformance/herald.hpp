// Herald: an actor that sends what it is told to, and tells what came back. Dozer: one that stands at a gate.
#pragma once

#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

#include "conformance.hpp"
#include "tests/support/scratch.hpp"

namespace conformance {

/// What Order::kind asks for.
enum OrderKind : std::uint8_t { kTicks, kOneTooMany, kExpired, kBytes, kExit, kTry, kTick };

struct Herald : buskin::Actor<Order, buskin::Ask<Report, Reply>, buskin::Undeliverable, buskin::PoisonMessage> {
  void on(Message<Order> order, Context& context) {
    const Address to(*order->to());
    switch (static_cast<OrderKind>(order->kind())) {
      case kTicks:
        for (std::uint32_t i = 1; i <= order->count(); ++i) context.send(to, Tick(i));
        break;
      case kOneTooMany:
        // Ends: with the room in the mailbox, at most a dozen.
        while (context.try_send(to, Tick(1)).ok()) {
        }
        context.send(to, Tick(1));
        break;
      case kExpired: context.send(to, {.expires = std::chrono::nanoseconds(1)}, Tick(1)); break;
      case kBytes: context.send<buskin::Bytes>(to, std::string(order->count(), 'x')); break;
      case kExit: context.exit(to); break;
      case kTick: context.send(to, Tick(order->count())); break;
      case kTry:
        for (std::uint32_t i = 1; i <= order->count(); ++i) {
          if (!context.try_send(to, Tick(i)).ok()) ++refused;
        }
    }
  }
  void on(Message<Report>, ReplyTo<Reply> reply) { reply(std::to_string(back + refused) + " " + last); }
  void on(Message<buskin::Undeliverable> gone) {
    ++back;
    last = buskin::to_string(gone->code) + (": " + std::string(gone->reason.view()));
  }
  void on(Message<buskin::PoisonMessage> poison) {
    ++back;
    last = "poison: " + std::string(poison->reason.view());
  }
  std::uint64_t back = 0;
  std::uint64_t refused = 0;
  std::string last = "nothing";
};

/// Returns when the gate is open. It is closed as long as its file exists, so an actor of any process can stand at it.
inline void stand_at(const std::string& gate) {
  // Shorter than the minute for which a sender waits for room: a test that has to do with that wait fails, as there is
  // room again.
  const auto watchdog = std::chrono::steady_clock::now() + 30s;
  while (std::filesystem::exists(gate) && std::chrono::steady_clock::now() < watchdog) std::this_thread::sleep_for(1ms);
}

/// Counts in decimal digits, as Sum does. When asked to, it answers and then stands at a gate.
struct Dozer : buskin::Actor<Tick, buskin::Ask<Pause, Total>, buskin::Bytes, buskin::Ask<Read, Total>> {
  void on(Message<Tick> tick) { n = n * 10 + tick->number(); }
  void on(Message<Pause> pause, ReplyTo<Total> reply) {
    reply(n);
    stand_at(pause->gate()->str());
  }
  void on(Message<buskin::Bytes> bytes) { n += bytes->size(); }
  void on(Message<Read>, ReplyTo<Total> reply) { reply(n); }
  std::uint64_t n = 0;
};

class Heralds : public Conformance {
 protected:
  std::string report() { return system_.ask<Report>(herald_, 30s)->text()->str(); }
  /// Waits until as many messages came back as are expected.
  std::string report_of(std::uint64_t count) {
    std::string text = report();
    // Ends: when they are there, or with the test's own time limit.
    while (std::stoull(text) < count) text = report();
    return text;
  }
  /// Returns when the actor stands at a gate, where it stays until open_gate() or the end of the test. On the
  /// sequential base no gate is needed: an actor does nothing until its turn comes.
  template <class A>
  void doze(buskin::Ref<A> actor) {
    ASSERT_TRUE(system_.ask<Pause>(actor, 30s, close_gate()));
  }
  std::string close_gate() {
    if (GetParam() == buskin::Base::Sequential) return "";
    std::ofstream(gate_) << "";
    return gate_;
  }
  void open_gate() { std::filesystem::remove(gate_); }
  void TearDown() override { open_gate(); }
  /// The message whose handler stands at a gate still has its place in the mailbox.
  static std::uint32_t places_of_dozing() { return GetParam() == buskin::Base::Sequential ? 0 : 1; }
  void order(OrderKind kind, const buskin::Address& to, std::uint32_t count = 1) {
    system_.send<Order>(herald_, kind, to, count);
  }
  const buskin::test::ScratchFolder folder_;
  const std::string gate_ = folder_.file("gate");
  buskin::Ref<Herald> herald_ = *system_.create<Herald>();
};

}  // namespace conformance
