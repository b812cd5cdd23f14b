// Reserve: small blocks that lie ready when there is no other memory. See shm/segment/reserve_layout.hpp.
//
// Threads take them one by one, by CAS, because no thread owns their spans. A block that is freed is there again at
// once. The thread notes the unit in its filter first, so that a repairer finds what a dead thread held.
#pragma once

#include "shm/segment/segment.hpp"

namespace buskin::shm {

/// What a block is for. Supervision is what brings dead processes and their actors back, ends actors, and lets clients
/// in that take messages out of the memory: one part of the reserve is for that alone.
enum class Purpose : std::uint8_t { Ordinary, Supervision };

/// A block of the reserve of at least `bytes`, HELD by the thread; None when there is none.
/// Threads: any, of any process. Cost: a look at each block of the reserve when all are in use.
Handle take_reserved(Segment& segment, ThreadIndex thread, std::uint64_t bytes, Purpose purpose);

/// Notes that the thread may hold blocks in this unit, which another thread owns, or none.
void note_foreign(ThreadRecord& record, UnitIndex unit);

}  // namespace buskin::shm
