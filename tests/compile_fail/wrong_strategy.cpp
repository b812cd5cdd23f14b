// expect: buskin: `strategy` is a static constexpr buskin::Strategy
#include <buskin/buskin.hpp>

#include "calls_generated.h"

struct Hello : buskin::Actor<calls::Greet> {
  static constexpr bool strategy = true;
  void on(Message<calls::Greet>) {}
};

void make(buskin::ActorSystem& system) { (void)system.create<Hello>(); }
