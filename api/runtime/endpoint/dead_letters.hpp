// Letters: who hears of a message that its receiver will not handle, told by whoever closes or repairs for it.
//
// A living actor tells by itself (loss.cpp); here the same is said in the name of one that is dead.
#pragma once

#include "shm/recovery/reap.hpp"

namespace buskin::runtime {

struct Burial {
  shm::ActorId receiver{};
  shm::Counter counter = shm::Counter::DeadGone;
};

/// A message that lay in a mailbox which was closed: its sender gets Undeliverable, or RequestFailed when it waits
/// for an answer; the handler of dead letters gets DeadLetter. Counted under `counter`.
void return_mail(shm::Thread& thread, const Burial& burial, shm::Lane lane, shm::Handle block);

/// Tells of what this thread's turns, or those that it repaired, published to nobody, as return_mail() does.
void tell_undelivered(shm::Thread& thread);

/// shm::ReapOptions::mail.
void return_mail_of_client(shm::Thread& thread, shm::ActorId receiver, shm::Lane lane, shm::Handle block);
/// shm::ReapOptions::letter: DeadLetter, lost_in_hand.
shm::Handle dead_letter_of_lost(shm::Thread& thread, shm::ActorId receiver, shm::Handle lost);

}  // namespace buskin::runtime
