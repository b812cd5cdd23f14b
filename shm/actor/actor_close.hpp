// actor_close: the end of an actor, from CLOSING to FREE. A process that goes on after a death may repeat every step.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <utility>
#include <vector>

#include "shm/actor/turn.hpp"
#include "shm/memory/thread.hpp"

namespace buskin::shm {

/// What becomes of a message that still lay in a closed mailbox.
enum class LeftMail : std::uint8_t {
  Drop,
  ToSender,       ///< By a turn: it has become the notice about itself.
  ToDeadLetters,  ///< By a turn to the system's dead-letter actor; counted and dropped when there is none.
};
/// The same, or a turn that completes the message with `notices`: they leave together, or not at all.
struct MailFate {
  MailFate(LeftMail fate) : left(fate) {}
  MailFate(std::vector<Staged> entries) : notices(std::move(entries)) {}
  LeftMail left = LeftMail::Drop;
  std::vector<Staged> notices{};  ///< At most kInlineEntries.
};
/// Decides that for each of them. The block is in hand; the function may read it.
using VisitMail = std::function<MailFate(Thread&, Lane, Handle)>;

/// ACTIVE (or INIT, RESERVED, REQUESTED) -> CLOSING: no further push succeeds. False when another process closes it.
bool begin_close(Thread& thread, ActorId id);
/// Closes the lanes of a CLOSING mailbox. Idempotent: a process that goes on with a close repeats it.
void close_lanes(Segment& segment, ActorIndex index);
/// Drains all lanes through `visit`, frees saved state, timers, spec and name blocks; -> DRAINED.
void drain(Thread& thread, ActorId id, const VisitMail& visit);
/// Pushes the reserved exit notice to `to` (or frees it when that is gone or None). It says `payload`, unless the actor
/// has taken an end: then it says what was noted with that.
void push_exit_notice(Thread& thread, ActorId id, ActorId to, TypeIndex type, std::span<const std::byte> payload);
/// DRAINED -> FREE. The address is dead for ever.
void release_slot(Thread& thread, ActorId id);

/// Pushes a block that is reserved in `ref` as a notice of `id`, when it has not left yet. No op record:
/// the slot names the block, so a successor decides by the block's owner word and the chain.
void push_notice(Thread& thread, ActorId id, NoticeRef& ref, ActorId to);

}  // namespace buskin::shm
