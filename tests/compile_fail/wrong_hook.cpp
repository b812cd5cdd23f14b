// expect: buskin: the hook on_start takes (Context&)
#include <buskin/buskin.hpp>

#include "calls_generated.h"

struct Hello : buskin::Actor<calls::Greet> {
  void on(Message<calls::Greet>) {}
  void on_start(int) {}
};

void make(buskin::ActorSystem& system) { (void)system.create<Hello>(); }
