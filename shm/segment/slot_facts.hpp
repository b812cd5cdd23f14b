// slot_facts: what the slot and the mailbox of an actor say about it: its parent, its type, where it may run.
//
// Parent, flags, key, ordinal, type, spec and limits were written before the actor was requested, or its mailbox
// opened. Two of them change later, which does not matter to a reader: an actor sets kParent in its own flags before
// its first child is reserved, and a child that becomes a top-level actor loses its parent (0).
//
// Saved state, fault, restarts and the time since which it runs change as long as the actor lives. The comment of each
// function says which process writes them.
//
// The generation is not checked. A caller whose actor may be gone asks life_of() before or after. A caller
// that walks over all slots reads facts of a former life at worst; see PublishedOnce.
#pragma once

#include "shm/segment/segment.hpp"

namespace buskin::shm {

inline std::uint32_t flags_of(const Segment& segment, ActorId id) {
  // relaxed: written before the actor was requested; see above.
  return segment.slot(id.index).flags.load_relaxed();
}
inline bool has_flag(const Segment& segment, ActorId id, std::uint32_t flag) {
  return (flags_of(segment, id) & flag) != 0;
}
/// A client's mailbox, not an actor.
inline bool is_client(const Segment& segment, ActorId id) { return has_flag(segment, id, SlotFlag::kClient); }
/// Runs in the process that created it.
inline bool is_local(const Segment& segment, ActorId id) { return has_flag(segment, id, SlotFlag::kLocal); }
/// An actor of the user: neither a client nor a part of the system.
inline bool is_user_actor(const Segment& segment, ActorId id) {
  return !has_flag(segment, id, SlotFlag::kClient | SlotFlag::kSystem);
}

/// None for a top-level actor.
inline ActorId parent_of(const Segment& segment, ActorId id) {
  // relaxed: written before the actor was requested; see above.
  return ActorId::from_word(segment.slot(id.index).parent.load_relaxed());
}
/// Makes the actor a top-level one: no parent is notified of its end.
inline void take_parent_away(Segment& segment, ActorId id) {
  // relaxed: read when the actor ends, by itself or by the process that closes it in its place.
  segment.slot(id.index).parent.store_relaxed(0);
}

/// Hash of the child's key under its parent; 0 for none.
inline std::uint64_t key_of(const Segment& segment, ActorId id) { return segment.slot(id.index).key.read(); }
/// The order of siblings: how many children the parent had asked for, this one included.
inline std::uint32_t ordinal_of(const Segment& segment, ActorId id) { return segment.slot(id.index).ordinal.read(); }

inline TypeIndex type_of(const Segment& segment, ActorId id) { return segment.slot(id.index).type.read(); }
/// Writes the type, before the actor is requested.
inline void write_type(Segment& segment, ActorId id, TypeIndex type) { segment.slot(id.index).type.write(type); }

/// The SAVED block with the actor's spec; None before it is written.
inline Handle spec_of(const Segment& segment, ActorId id) {
  // sync(spec): acquire. The bytes of the block.
  return static_cast<Handle>(segment.slot(id.index).spec.load_acquire());
}

/// The present saved state; its handle is None when there is none. The host's commits replace it.
inline SavedWord saved_of(const Segment& segment, ActorId id) {
  // sync(saved): acquire. The bytes of the state that the last commit named.
  return SavedWord::unpack(segment.slot(id.index).saved.load_acquire());
}

/// The fault of the last process that ran the actor, as its repairer copied it; null when it left none.
inline const FaultRecord* fault_of(const Segment& segment, ActorId id) {
  // relaxed: written by the repairer, before the actor could be adopted.
  const std::uint32_t place = segment.slot(id.index).fault.load_relaxed();
  if (place == 0 || !segment.is_backed(Table::Faults, place - 1)) return nullptr;
  return &segment.row<FaultRow>(Table::Faults, place - 1).fault;
}
inline FaultWord fault_word_of(const FaultRecord& fault) {
  // relaxed: written by a thread that is dead, or by its repairer before the actor could be adopted.
  return FaultWord::unpack(fault.signal.load_relaxed());
}

/// How often the actor was restarted since it was created.
inline std::uint32_t restarts_total_of(const Segment& segment, ActorId id) {
  // relaxed: a count to be shown; the process that restarts the actor writes it.
  return segment.slot(id.index).restarts_total.load_relaxed();
}

/// When the restart of an actor that lost its process is due; 0 while none is decided.
inline std::uint64_t restart_due_ns_of(const Segment& segment, ActorId id) {
  // relaxed: written by the process that had the restart, for one that takes it over.
  return segment.slot(id.index).restart_due_ns.load_relaxed();
}
/// When the present instance began to run; 0 for the first one, and while a restart is due.
inline std::uint64_t running_since_ns_of(const Segment& segment, ActorId id) {
  // relaxed: written by the process that had the actor, whose state says so first.
  return segment.mailbox(id.index).running_since_ns.load_relaxed();
}
/// For the process that decides about a restart: it is decided, and due then. 0: it is to be decided.
inline void write_restart_due(Segment& segment, ActorId id, std::uint64_t due_ns) {
  segment.slot(id.index).restart_due_ns.store_relaxed(due_ns);  // relaxed: as above.
}
/// For the process that decides about a restart. An instance that dies before it runs has not lived.
inline void clear_running_since(Segment& segment, ActorId id) {
  segment.mailbox(id.index).running_since_ns.store_relaxed(0);  // relaxed: as above.
}
/// For the process that has the actor: a new instance runs.
inline void write_running_since(Segment& segment, ActorId id, std::uint64_t now_ns) {
  // relaxed: read by the process that decides about the next restart.
  segment.mailbox(id.index).running_since_ns.store_relaxed(now_ns);
}

/// All the memory that messages can ever have, with headers.
inline std::uint64_t memory_bytes(const Segment& segment) {
  return segment.layout().count_of(Table::Data) * kPieceBytes;
}
/// Messages that lane Messages may hold.
inline std::uint32_t capacity_of(const Segment& segment, ActorId id) {
  return segment.mailbox(id.index).capacity.read();
}
/// Payload bytes that lane Messages keeps; 0: no limit. KeepLatest holds twice as many until it skips.
inline std::uint64_t bytes_kept_of(const Segment& segment, ActorId id) {
  const Mailbox& mailbox = segment.mailbox(id.index);
  const std::uint64_t bytes_max = mailbox.bytes_max.read();
  return mailbox.when_full.read() == WhenFull::KeepLatest ? bytes_max / 2 : bytes_max;
}
/// How long a sender waits for room.
inline std::uint64_t wait_ns_of(const Segment& segment, ActorId id) { return segment.mailbox(id.index).wait_ns.read(); }

}  // namespace buskin::shm
