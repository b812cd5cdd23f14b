// expect: buskin: a `group` of messages is one turn, so its actor's `delivery` is ExactlyOnce
#include <buskin/buskin.hpp>

#include "calls_generated.h"

struct Hello : buskin::Actor<calls::Greet> {
  static constexpr buskin::Group group{.messages = 100};
  void on(Message<calls::Greet>) {}
};

void make(buskin::ActorSystem& system) { (void)system.create<Hello>(); }
