// expect: buskin: ActorExitRequest is not an entry of Actor<...>; the hook on_stop is called in its place
#include <buskin/buskin.hpp>

struct Hello : buskin::Actor<buskin::ActorExitRequest> {
  void on(Message<buskin::ActorExitRequest>) {}
};

void make(buskin::ActorSystem& system) { (void)system.create<Hello>(); }
