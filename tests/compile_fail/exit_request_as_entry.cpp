// expect: buskin: ActorExitRequest is no entry of Actor<...>: on_stop(Context&) is called when an actor is asked to end
#include <buskin/buskin.hpp>

struct Hello : buskin::Actor<buskin::ActorExitRequest> {
  void on(Message<buskin::ActorExitRequest>) {}
};

void make(buskin::ActorSystem& system) { (void)system.create<Hello>(); }
