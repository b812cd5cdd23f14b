// CreateEntry: an actor that is made inside an exactly-once turn is asked for when the turn commits, and not before.
//
// The slot is RESERVED, with name and spec, while the turn runs. Its request is
// an entry of the turn's journal:
//
//   block    the request, HELD; its sender is the new actor, its target the admin
//            or the new actor's spec (SAVED): the process that commits starts the actor itself
//   settled  RESERVED(p) -> REQUESTED(p), the request is pushed, -> REQUESTED(nobody)
//
// REQUESTED comes before the push: a request that its receiver has taken, and lost, says nothing any more.
// REQUESTED(nobody) belongs to the request; an admin that follows a dead one looks at all slots.
// REQUESTED(p) was sent to nobody, because no admin took it or none is needed: p goes on with it, or the
// repairer of p.
//
//   killed                          left                      who mends it
//   before the commit               RESERVED(dead), HELD      closed without a notice, and before its parent
//                                                             is given away; the request is swept
//   committed, before the push      RESERVED or REQUESTED     rolled forward: REQUESTED, and pushed
//                                   (dead), HELD
//   pushed                          REQUESTED(dead)           REQUESTED(nobody)
//   asked for in its own process    REQUESTED(dead)           Reaped::requested
#pragma once

#include "shm/actor/turn.hpp"

namespace buskin::shm {

/// The request `block`, HELD, whose sender is the new actor, to `admin`.
inline Staged creation_by(ActorId admin, Handle block) {
  return {EntryKind::Create, Lane::Messages, block, admin};
}
/// A request that its creator carries out itself: `spec` is the SAVED block that `child` names.
inline Staged creation_here(ActorId child, Handle spec) {
  return {EntryKind::Create, Lane::Messages, spec, child};
}

/// Carries out an entry of kind Create of a committed turn of process `creator`, from wherever it stopped.
void settle_create_entry(Thread& thread, JournalEntry& entry, ProcessIndex creator);

}  // namespace buskin::shm
