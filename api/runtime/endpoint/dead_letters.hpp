// Dead letters: messages that their receiver will not handle, as the one that closes or repairs it finds them.
//
// The notices are those of a living endpoint, and leave by the same Notifier; only their
// facts are read from the blocks of others.
#pragma once

#include "shm/recovery/reap.hpp"

namespace buskin::runtime {

struct ClosedMailbox {
  shm::ActorId receiver{};
  shm::Counter counter = shm::Counter::DeadGone;  ///< For each message.
};

/// A message that lies in a mailbox which was closed, and is in hand: counted, and what notifies its sender and the
/// handler of dead letters in the name of its receiver, as one turn with its completion. Without memory it becomes the
/// notice to its sender itself.
shm::MailFate return_mail(shm::Thread& thread, const ClosedMailbox& mailbox, shm::Lane lane, shm::Handle block);

/// Empties a closed mailbox: return_mail() for each message that lies in it.
void drain_mail(shm::Thread& thread, const ClosedMailbox& mailbox);

/// Notifies for what this thread's turns, or those that it repaired, sent to actors that were gone by then.
void return_undelivered(shm::Thread& thread);

/// The answer, HELD by `thread`, to a request whose keeper was restarted, or has taken its end, before it answered.
/// None: no memory.
shm::Handle answer_of_restarted(shm::Thread& thread, const shm::KeptReply& reply);

/// A repair that notifies: what `answer`, `make_dead_letter` and `mail` have to be.
shm::ReapOptions notifying_repair();

}  // namespace buskin::runtime
