// expect: buskin: create<A>: A is a struct that derives from buskin::Actor<...>
#include <buskin/buskin.hpp>

struct Hello {};

void make(buskin::ActorSystem& system) { (void)system.create<Hello>(); }
