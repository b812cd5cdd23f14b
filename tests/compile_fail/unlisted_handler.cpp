// expect: buskin: this actor has an on(Message<T>) for a T that its Actor<...> does not list
#include <buskin/buskin.hpp>

#include "calls_generated.h"

struct Careless : buskin::Actor<buskin::Ask<calls::Greet, calls::Reply>> {
  void on(Message<calls::Greet>, ReplyTo<calls::Reply>) {}
  void on(Message<buskin::PoisonMessage>, Context&) {}
};

void make(buskin::ActorSystem& system) { (void)system.create<Careless>(); }
