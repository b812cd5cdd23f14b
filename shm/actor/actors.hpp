// Actors: the life of a slot, from Free to Free.
//
//   FREE -> RESERVED(p) -> REQUESTED -> INIT(p') -> ACTIVE(p') -> CLOSING(q) -> DRAINED(q) -> FREE
//
// An address exists from RESERVED on, and its mailbox takes messages from then
// on, before there is an actor. Every step is a CAS on `life`.
#pragma once

#include <span>
#include <vector>

#include "shm/actor/actor_table.hpp"
#include "shm/mailbox/lane_reader.hpp"
#include "shm/memory/thread.hpp"

namespace buskin::shm {

/// Says how a mailbox behaves when it is full, and how its actor takes messages.
struct MailboxOptions {
  std::uint32_t capacity = 65'536;
  std::uint64_t bytes_max = 0;
  std::uint16_t share_percent = 25;  ///< Without bytes_max; see memory_share.hpp.
  WhenFull when_full = WhenFull::Wait;
  std::uint64_t wait_ns = 60'000'000'000;
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

/// Payload bytes that the notice of an end can carry. It has the whole reason, so it is as large as the class of 256
/// bytes allows.
inline constexpr std::size_t kExitNoticeMax = 224;
/// The same, of the notice of a crash.
inline constexpr std::size_t kCrashNoticeMax = 96;

/// Reserves and fills the notice that a repairer pushes to the parent when the actor's process dies: so a
/// death needs no memory. Done before ACTIVE, by the creator and by each adopter; without effect while one
/// stands. For actors whose parent wants to be notified of restarts.
Result<Done, MemoryError> reserve_crash_notice(Thread& thread, ActorId id, TypeIndex type,
                                               std::span<const std::byte> payload);

/// The present state, or Free when the slot belongs to another generation.
LifeWord life_of(const Segment& segment, ActorId id);
/// Has the actor no process, and needs one? See LifeState.
inline bool awaits_host(const Segment& segment, ActorId id) { return awaits_host(life_of(segment, id).state); }

/// CAS from `from` to `to`, same gen; `host` is the process that acts in the new state.
bool change_life(Segment& segment, ActorId id, LifeState from, LifeState to, ProcessIndex host);

/// NOTIFIED: the process `mine` carries out the restart. A preference with a name, not a lock: it may be taken
/// from a living process that does not act. False when the word is not `seen` any more.
bool take_restart(Segment& segment, ActorId id, LifeWord seen, ProcessIndex mine);

/// Gives the actor its spec: the slot names `block`, which was HELD by this thread and is SAVED under the actor
/// from then on. Before the actor is requested.
void set_actor_spec(Segment& segment, ActorId id, Handle block);

/// A new process has the actor. How many have had it before this one.
std::uint32_t count_incarnation(Segment& segment, ActorId id);
/// The actor restarts because a sibling did: counted for display, and not against its limit.
void count_ordered_restart(Segment& segment, ActorId id);

/// The host takes the actor over: writes the wake word before it looks at `in`.
void set_wake(Segment& segment, ActorIndex index, WakeWord wake);

/// Children of `parent` whose mailboxes are open. Cost: one look at each slot in use, or none when it never
/// had any.
std::vector<ActorId> children_of(const Segment& segment, ActorId parent);

/// The number of the user's actors that are not gone. Cost: as for_each_actor.
std::size_t count_user_actors(const Segment& segment);

}  // namespace buskin::shm
