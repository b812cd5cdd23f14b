// expect: buskin: the hook on_save(Context&) is noexcept: the turn that it saves has succeeded
#include <buskin/buskin.hpp>

#include "calls_generated.h"

struct Sum : buskin::Actor<calls::Greet, buskin::Saves<calls::Reply>> {
  void on(Message<calls::Greet>) {}
  void on_save(Context&) {}
  void on_restart(const calls::Reply&) {}
};

void make(buskin::ActorSystem& system) { (void)system.create<Sum>(); }
