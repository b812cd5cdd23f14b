// finish_close: the rest of an actor's end when no process needs to be notified of it.
#pragma once

#include <functional>

#include "shm/actor/actor_close.hpp"

namespace buskin::shm {

/// Returns one message that lay in the mailbox of `receiver`: counts it, and makes the notices about it.
using ReturnMail = std::function<MailFate(Thread& own, ActorId receiver, Lane lane, Handle block)>;

/// Drains and releases a closing actor. `mail` returns each message; left out, the messages go to the dead letters.
void finish_close(Thread& own, ActorId id, const ReturnMail& mail = {});

}  // namespace buskin::shm
