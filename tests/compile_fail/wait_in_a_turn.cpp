// expect: buskin: wait() would block this actor: use then(), or wait() in a client
#include <buskin/buskin.hpp>

#include "calls_generated.h"

struct Hello : buskin::Actor<buskin::Ask<calls::Greet, calls::Reply>> {
  void on(Message<calls::Greet>, ReplyTo<calls::Reply>, Context& context) {
    auto pending = context.request<calls::Greet>(buskin::Ref<Hello>(context.self()), std::chrono::seconds(1), "no");
    (void)pending.wait();
  }
};

void make(buskin::ActorSystem& system) { (void)system.create<Hello>(); }
