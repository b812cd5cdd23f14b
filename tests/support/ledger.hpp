// Ledger: an exactly-once actor with saved state that dies again and again, for the tests of restarts.
#pragma once

#include <cstdint>

#include "buskin/buskin.hpp"
#include "calls_generated.h"
#include "tests/support/dying.hpp"

namespace ledger {

using namespace calls;

/// Adds exactly once. A third of its first attempts die before they save, and a third after it.
struct Ledger : buskin::Actor<Add, buskin::Ask<Read, Total>, buskin::Saves<Total>> {
  static constexpr auto delivery = buskin::Delivery::ExactlyOnce;
  void on(Message<Add> add, Context& context) {
    if (add.attempt() == 1 && add->by() % 3 == 0) dying::die(SIGKILL);
    n += add->by();
    context.save<Total>(n);
    if (add.attempt() == 1 && add->by() % 3 == 1) dying::die(SIGKILL);
  }
  void on(Message<Read>, ReplyTo<Total> reply) { reply(n); }
  void on_restart(const Total& saved) { n = saved.n(); }
  std::uint64_t n = 0;
};

}  // namespace ledger
