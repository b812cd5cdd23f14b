// expect: buskin: give every field of the table, in schema order
#include <buskin/buskin.hpp>

#include "calls_generated.h"

struct Hello : buskin::Actor<calls::Pair> {
  void on(Message<calls::Pair>) {}
};

void speak(buskin::ActorSystem& system, buskin::Ref<Hello> hello) { system.send<calls::Pair>(hello, 1); }
