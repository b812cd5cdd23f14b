// actor_end: the decision that an actor ends, as its slot has it until the actor is closed.
//
//   exit notice filled | end = {lane, seq} | done[lane] reaches seq: the end is taken | ... | CLOSING
//
// An end is taken in the turn that asks for it, by the store that completes the message of that turn; without a
// message it is taken at once. From then on the actor ends, whatever happens to its process: a repairer closes it,
// and does not give it to another process. The exit notice, which is reserved, says why; so a closer needs no words
// of the dead. A note whose message is not completed means nothing: the message comes again.
#pragma once

#include <optional>
#include <span>

#include "shm/memory/thread.hpp"
#include "shm/words/mailbox_words.hpp"

namespace buskin::shm {

struct EndNote {
  EndWord when{};  ///< With which message.
  TypeIndex type{};
  std::span<const std::byte> notice{};  ///< What the parent gets.
};

/// For the process that has the actor. Without effect when an end is taken already: the first reason counts.
void note_end(Thread& thread, ActorId id, const EndNote& note);
/// The turn that noted an end is undone, or the actor starts: a note that was not taken is void.
void forget_end(Segment& segment, ActorId id);
/// The end that the actor has taken. For the process that has the actor, or closes it, or repairs it after step 2.
std::optional<EndWord> taken_end(const Segment& segment, ActorId id);

/// Writes what the reserved exit notice says. No effect when it has left.
void fill_exit_notice(Thread& thread, ActorId id, TypeIndex type, std::span<const std::byte> notice);
/// What the exit notice says; empty when it has left.
std::span<const std::byte> exit_notice_of(const Segment& segment, ActorId id);

}  // namespace buskin::shm
