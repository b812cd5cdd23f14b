// expect: buskin: an actor type needs a name that other processes know: no anonymous namespace
#include <buskin/buskin.hpp>

#include "calls_generated.h"

namespace {
struct Hello : buskin::Actor<calls::Greet> {
  void on(Message<calls::Greet>) {}
};
}  // namespace

void make(buskin::ActorSystem& system) { (void)system.create<Hello>(); }
