// expect: buskin: this field is a bool, and the value for it is not
#include <buskin/buskin.hpp>

#include <vector>

#include "calls_generated.h"

void speak(buskin::ActorSystem& system, const std::vector<double>& values) {
  system.send<calls::Samples>(buskin::Address(), values, "yes");
}
