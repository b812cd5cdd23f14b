// actor_table: the slots of the actor table that are in use.
#pragma once

#include <cstdint>

#include "shm/segment/segment.hpp"

namespace buskin::shm {

/// Calls `visit(ActorId, LifeWord)` for each slot that is not FREE. Slots may change meanwhile.
/// Cost: one look at each slot of the backed pieces of the table.
template <class Visit>
void for_each_actor(const Segment& segment, Visit visit) {
  const Layout& layout = segment.layout();
  const std::uint64_t first_offset = layout.offset_of(Table::Actors, 0);
  for (std::uint64_t slot = 1; slot < layout.count_of(Table::Actors);) {
    if (!segment.is_backed(Table::Actors, slot)) {
      // On to the first slot that begins in the next piece.
      const std::uint64_t piece_end = round_up(layout.offset_of(Table::Actors, slot) + 1, kPieceBytes);
      slot = (piece_end - first_offset + sizeof(ActorRecord) - 1) / sizeof(ActorRecord);
      continue;
    }
    // sync(life): acquire. What the writer of this state did to the slot before.
    const LifeWord life = LifeWord::unpack(segment.mailbox(static_cast<ActorIndex>(slot)).life.load_acquire());
    if (life.state != LifeState::Free) visit(ActorId{static_cast<ActorIndex>(slot), life.gen}, life);
    ++slot;
  }
}

}  // namespace buskin::shm
