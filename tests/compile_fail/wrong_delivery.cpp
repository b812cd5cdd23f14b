// expect: buskin: `delivery` is a static constexpr buskin::Delivery
#include <buskin/buskin.hpp>

#include "calls_generated.h"

struct Hello : buskin::Actor<calls::Greet> {
  static constexpr int delivery = 2;
  void on(Message<calls::Greet>) {}
};

void make(buskin::ActorSystem& system) { (void)system.create<Hello>(); }
