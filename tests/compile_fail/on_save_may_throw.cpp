// expect: buskin: the hook on_save(Context&) is noexcept: the turn that it saves has succeeded
#include <buskin/buskin.hpp>

#include "calls_generated.h"

struct Sum : buskin::Actor<calls::Add, buskin::Saves<calls::Total>> {
  void on(Message<calls::Add>) {}
  void on_save(Context&) {}
  void on_restart(const calls::Total&) {}
};

void make(buskin::ActorSystem& system) { (void)system.create<Sum>(); }
