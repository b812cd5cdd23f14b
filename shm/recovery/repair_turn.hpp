// repair_turn: rolls a dead thread's committed turn forward, for the other steps.
#pragma once

#include "shm/recovery/repair.hpp"

namespace buskin::shm {

/// Has the turn in `record` reached its commit word?
bool is_committed(const Segment& segment, const ThreadRecord& record);
/// Does everything that follows a commit, from wherever the dead thread stopped.
void finish_turn(Repair& repair, ThreadRecord& record);
/// How many entries of an armed journal can be read: those beyond the inline ones only while their block stands.
std::uint64_t entries_count(const Segment& segment, const Journal& journal);

/// Sends the message that a dead at-most-once handler had in hand to the dead letters, by a turn in our own name.
void lose_in_hand(Repair& repair, ActorId id, Lane lane);

}  // namespace buskin::shm
