// Herald: an actor that sends what it is told to, and tells what came back. Dozer: one that takes its time.
#pragma once

#include <string>
#include <thread>

#include "conformance.hpp"

namespace conformance {

/// What Order::kind asks for.
enum OrderKind : std::uint8_t { kTicks, kExpired, kBytes, kExit, kTry };

struct Herald : buskin::Actor<Order, buskin::Ask<Report, Reply>, buskin::Undeliverable, buskin::PoisonMessage> {
  void on(Message<Order> order, Context& context) {
    const Address to(*order->to());
    switch (static_cast<OrderKind>(order->kind())) {
      case kTicks:
        for (std::uint32_t i = 1; i <= order->count(); ++i) context.send(to, Tick(i));
        break;
      case kExpired: context.send(to, {.expires = std::chrono::nanoseconds(1)}, Tick(1)); break;
      case kBytes: context.send<buskin::Bytes>(to, std::string(order->count(), 'x')); break;
      case kExit: context.exit(to); break;
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

/// Counts in decimal digits, as Sum does, and does nothing else for a while when asked to: from its answer on.
struct Dozer : buskin::Actor<Tick, buskin::Ask<Pause, Total>, buskin::Bytes, buskin::Ask<Read, Total>> {
  void on(Message<Tick> tick) { n = n * 10 + tick->number(); }
  void on(Message<Pause> pause, ReplyTo<Total> reply) {
    reply(n);
    std::this_thread::sleep_for(std::chrono::milliseconds(pause->ms()));
  }
  void on(Message<buskin::Bytes> bytes) { n += bytes->size(); }
  void on(Message<Read>, ReplyTo<Total> reply) { reply(n); }
  std::uint64_t n = 0;
};

class Heralds : public Conformance {
 protected:
  std::string report() { return system_.ask<Report>(herald_, 10s)->text()->str(); }
  /// Waits until as many messages came back as are expected.
  std::string report_of(std::uint64_t count) {
    std::string text = report();
    // Ends: when they are there, or with the test's own time limit.
    while (std::stoull(text) < count) text = report();
    return text;
  }
  /// Returns when the handler is at work, so that its message counts against no capacity that a test fills.
  void doze(buskin::Ref<Dozer> dozer, std::uint32_t ms) {
    ASSERT_TRUE(system_.ask<Pause>(dozer, 10s, ms));
  }
  void order(OrderKind kind, const buskin::Address& to, std::uint32_t count = 1) {
    system_.send<Order>(herald_, kind, to, count);
  }
  buskin::Ref<Herald> herald_ = *system_.create<Herald>();
};

}  // namespace conformance
