// Echo: an actor that answers what it is asked with the same 64 bytes.
#pragma once

#include <buskin/buskin.hpp>

#include "messages_generated.h"

namespace bench {

struct Echo : buskin::Actor<buskin::Ask<Payload64, Payload64>> {
  void on(Message<Payload64> payload, ReplyTo<Payload64> reply) { reply(*payload); }
};

}  // namespace bench
