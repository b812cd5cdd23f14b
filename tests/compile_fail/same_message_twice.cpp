// expect: buskin: this actor lists the same message twice
#include <buskin/buskin.hpp>

#include "calls_generated.h"

struct Hello : buskin::Actor<calls::Greet, buskin::Ask<calls::Greet, calls::Reply>> {
  void on(Message<calls::Greet>) {}
  void on(Message<calls::Greet>, ReplyTo<calls::Reply>) {}
};

void make(buskin::ActorSystem& system) { (void)system.create<Hello>(); }
