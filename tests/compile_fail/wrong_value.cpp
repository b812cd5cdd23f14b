// expect: buskin: a Value is a number, a text, or made by a function of the builder
#include <buskin/buskin.hpp>
#include <buskin/value.hpp>

struct Odd {};

void speak(buskin::ActorSystem& system) { system.send<buskin::Value>(buskin::Address(), Odd{}); }
