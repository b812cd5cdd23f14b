// expect: buskin: then() is for actors; a client calls wait()
#include <buskin/buskin.hpp>

#include "calls_generated.h"

struct Hello : buskin::Actor<buskin::Ask<calls::Greet, calls::Reply>> {
  void on(Message<calls::Greet>, ReplyTo<calls::Reply>) {}
};

void ask(buskin::ActorSystem& system, buskin::Ref<Hello> hello) {
  auto pending = system.request<calls::Greet>(hello, std::chrono::seconds(1), "no");
  pending.then([](buskin::Answer<calls::Reply>) {});
}
