// Units: 64 KiB pieces of the data area, claimed for spans and runs, and given back.
//
//   FREE --take--> TAKING(T) --commit--> SPAN(T) or RUN, the others CONT(head)
//   SPAN(T) --leave--> ORPHAN --adopt--> SPAN(T')
//   RUN, SPAN(T) --release--> RELEASING(T) --tail to head--> FREE
//
// The head's state commits: until it says SPAN or RUN, a repairer gives all of the units back. `gen_base`
// of a unit is above every generation that a block beginning in it ever had, so that lives stay unique
// although payload overwrote the old headers.
#pragma once

#include "shm/segment/segment.hpp"

namespace buskin::shm {

/// Claims `count` neighbouring units with their pages: TAKING(thread). commit_units() or undo_take() follows.
/// Errors: NoUnits, NoSpace; then nothing is claimed. Cost: some 10 us for fresh pages.
Result<UnitIndex, MemoryError> take_units(Segment& segment, ThreadIndex thread, std::uint64_t count);
/// Makes the units FREE again, from the last to the first.
void undo_take(Segment& segment, ThreadIndex thread, UnitIndex first, std::uint64_t count);

/// Makes `first` the head that `word` says, and the other units CONT(first). The caller has written the headers.
void commit_units(Segment& segment, ThreadIndex thread, UnitIndex first, std::uint64_t count, UnitWord word);

/// Above every generation of blocks that began in these units.
std::uint64_t gen_base_of(const Segment& segment, UnitIndex first, std::uint64_t count);

UnitWord unit_word(const Segment& segment, UnitIndex unit);
/// The head of the span or run that `handle` lies in; the unit itself when it is in none.
UnitIndex head_of(const Segment& segment, Handle handle);
/// How many units hang together from `head` on: itself, and those that say CONT(head).
std::uint64_t units_count(const Segment& segment, UnitIndex head);

/// Gives a span or run back whose blocks are all FREE: `from` is the head's exact word. False when the
/// word has changed: another thread does it, or did.
bool release_units(Segment& segment, ThreadIndex thread, UnitIndex head, UnitWord from);
/// The second half of release_units(), from RELEASING on. Idempotent; also for a repairer.
void finish_release(Segment& segment, UnitIndex head);

/// Is every block of this span FREE? Only its owner can make one not FREE again.
bool is_all_free(const Segment& segment, UnitIndex head, std::uint8_t size_class);

/// Gives back runs whose block is FREE, and orphans without a block in use. Returns how many units came free.
/// Threads: any, of any process.
std::uint64_t reclaim_units(Segment& segment, ThreadIndex thread);

}  // namespace buskin::shm
