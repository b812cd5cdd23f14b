// expect: buskin: the receiver's Actor<...> does not list Ask<T, R> for this message
#include <buskin/buskin.hpp>

#include "calls_generated.h"

struct Hello : buskin::Actor<calls::Greet> {
  void on(Message<calls::Greet>) {}
};

void speak(buskin::ActorSystem& system, buskin::Ref<Hello> hello) {
  (void)system.ask<calls::Greet>(hello, std::chrono::seconds(1), "no");
}
