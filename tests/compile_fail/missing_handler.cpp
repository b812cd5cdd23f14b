// expect: buskin: this actor lists a message in Actor<...> for which it has no matching
#include <buskin/buskin.hpp>

#include "calls_generated.h"

struct Mute : buskin::Actor<calls::Greet> {};

void make(buskin::ActorSystem& system) { (void)system.create<Mute>(); }
