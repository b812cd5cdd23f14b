// expect: buskin: this actor lists Saves<T> but has no on_restart(const T&)
#include <buskin/buskin.hpp>

#include "calls_generated.h"

struct Hello : buskin::Actor<calls::Greet, buskin::Saves<calls::Reply>> {
  void on(Message<calls::Greet>) {}
};

void make(buskin::ActorSystem& system) { (void)system.create<Hello>(); }
