// expect: buskin: the elements of this vector have another size or kind than those of the field
#include <buskin/buskin.hpp>

#include <vector>

#include "calls_generated.h"

void speak(buskin::ActorSystem& system, const std::vector<float>& values) {
  system.send<calls::Samples>(buskin::Address(), values, true);
}
