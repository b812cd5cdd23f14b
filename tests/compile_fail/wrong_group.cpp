// expect: buskin: a `group` has 1 to 65536 messages, within some time
#include <buskin/buskin.hpp>

#include "calls_generated.h"

struct Hello : buskin::Actor<calls::Greet> {
  static constexpr auto delivery = buskin::Delivery::ExactlyOnce;
  static constexpr buskin::Group group{.messages = 0};
  void on(Message<calls::Greet>) {}
};

void make(buskin::ActorSystem& system) { (void)system.create<Hello>(); }
