// expect: buskin: this actor lists Ask<T, R> in Actor<...> for which it has no matching
#include <buskin/buskin.hpp>

#include "calls_generated.h"

struct Hello : buskin::Actor<buskin::Ask<calls::Greet, calls::Reply>> {
  void on(Message<calls::Greet>) {}
};

void make(buskin::ActorSystem& system) { (void)system.create<Hello>(); }
