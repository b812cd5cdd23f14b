// expect: buskin: ask waits and would block this actor
#include <buskin/buskin.hpp>

#include "calls_generated.h"

struct Hello : buskin::Actor<calls::Greet> {
  void on(Message<calls::Greet>, Context& context) { context.ask<calls::Reply>(context.self()); }
};
