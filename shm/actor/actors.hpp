// Actors: the life of a slot, from Free to Free.
//
//   FREE -> RESERVED(p) -> REQUESTED -> INIT(p') -> ACTIVE(p') -> CLOSING(q) -> DRAINED(q) -> FREE
//
// An address exists from RESERVED on, and its mailbox takes messages from then
// on, before there is an actor. Every step is a CAS on `life`.
#pragma once

#include <functional>
#include <span>
#include <vector>

#include "shm/actor/actor_table.hpp"
#include "shm/mailbox/receive.hpp"
#include "shm/memory/thread.hpp"

namespace buskin::shm {

/// How a mailbox behaves when it is full, and how its actor takes messages.
struct MailboxOptions {
  std::uint32_t capacity = 65'536;
  std::uint64_t bytes_max = 0;
  WhenFull when_full = WhenFull::Wait;
  std::uint64_t wait_ns = 1'000'000'000;
  Delivery delivery = Delivery::AtLeastOnce;
};

struct SlotSpec {
  TypeIndex type{};
  ActorId parent{};
  std::uint64_t key = 0;
  std::uint32_t flags = 0;  ///< SlotFlag bits.
  MailboxOptions mailbox{};
};

/// Reserves a slot, its exit notice, and opens the mailbox. Cost: below 1 us in a warm run.
Result<ActorId, MemoryError> reserve_actor(Thread& thread, const SlotSpec& spec);

/// Payload bytes that a notice block can carry.
inline constexpr std::size_t kNoticePayloadMax = 96;

/// Reserves and fills the notice that a repairer pushes to the parent when the actor's process dies: so a
/// death needs no memory. Done before ACTIVE, by the creator and by each adopter; without effect while one
/// stands. For actors whose parent wants to hear of restarts.
Result<Done, MemoryError> reserve_crash_notice(Thread& thread, ActorId id, TypeIndex type,
                                               std::span<const std::byte> payload);

/// The present state, or Free when the slot belongs to another generation.
LifeWord life_of(const Segment& segment, ActorId id);

/// CAS from `from` to `to`, same gen; `host` is the process that acts in the new state.
bool change_life(Segment& segment, ActorId id, LifeState from, LifeState to, ProcessIndex host);

/// NOTIFIED: whose process `mine` is carries out the restart. A preference with a name, not a lock: it may be
/// taken from a living one that does not act. False when the word is not `seen` any more.
bool take_restart(Segment& segment, ActorId id, LifeWord seen, ProcessIndex mine);

/// Gives the actor its spec: the slot names `block`, which was HELD by this thread and is SAVED under the actor
/// from then on. Before the actor is requested.
void give_spec(Segment& segment, ActorId id, Handle block);

/// A new process has the actor. How many have had it before this one.
std::uint32_t count_incarnation(Segment& segment, ActorId id);
/// The actor restarts because a sibling did: counted for display, and not against its limit.
void count_ordered_restart(Segment& segment, ActorId id);

/// The host takes the actor over: writes the wake word before it looks at `in`.
void set_wake(Segment& segment, ActorIndex index, WakeWord wake);

/// What becomes of each message that still lay in a closed mailbox. The block is in hand; the
/// function may read it. False: it is dropped. True: it goes to the system's dead-letter actor, by a
/// turn, and is counted and dropped when there is none.
using Bury = std::function<bool(Thread&, Lane, Handle)>;

/// ACTIVE (or INIT, RESERVED, REQUESTED) -> CLOSING: no further push succeeds. False when somebody else closes it.
bool begin_close(Thread& thread, ActorId id);
/// Closes the lanes of a CLOSING mailbox. Idempotent: whoever goes on with a close repeats it.
void close_lanes(Segment& segment, ActorIndex index);
/// Drains all lanes through `bury`, frees saved state, timers, birth and name blocks; -> DRAINED.
void drain(Thread& thread, ActorId id, const Bury& bury);
/// Fills and pushes the reserved exit notice to `to` (or frees it when that is gone or None).
void push_exit_notice(Thread& thread, ActorId id, ActorId to, TypeIndex type, std::span<const std::byte> payload);
/// DRAINED -> FREE. The address is dead for ever.
void release_slot(Thread& thread, ActorId id);

/// Pushes a block that is reserved in `ref` as a notice of `id`, when it has not left yet. No op record:
/// the slot names the block, so a successor decides by the block's owner word and the chain.
void push_notice(Thread& thread, ActorId id, NoticeRef& ref, ActorId to);


/// Children of `parent` whose mailboxes are open. Cost: one look at each slot in use, or none when it never
/// had any.
std::vector<ActorId> children_of(const Segment& segment, ActorId parent);

/// The number of the user's actors that are not gone. Cost: as for_each_actor.
std::size_t count_user_actors(const Segment& segment);

}  // namespace buskin::shm
