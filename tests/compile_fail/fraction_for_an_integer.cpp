// expect: buskin: this field is an integer, and the value for it is not: round it first
#include <buskin/buskin.hpp>

#include "calls_generated.h"

void speak(buskin::ActorSystem& system) { system.send<calls::Pair>(buskin::Address(), 1.5, 2u); }
