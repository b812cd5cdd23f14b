// expect: buskin: this actor lists Init<T> but has no constructor that takes const T&
#include <buskin/buskin.hpp>

#include "calls_generated.h"

struct Hello : buskin::Actor<buskin::Init<calls::Pair>> {};

void make(buskin::ActorSystem& system) { (void)system.create<Hello>(1, 2); }
