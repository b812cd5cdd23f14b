// parked_heap: a thread that allocates nothing for a while lets the others have its empty spans.
//
// A span belongs to a thread, and only that thread allocates from it, without an atomic step. Messages come and go, so
// a thread that sleeps may own empty spans while another one finds no memory. Before it sleeps a thread parks its heap:
//
//   owner     BUSY --park--> PARKED ................................. --unpark--> BUSY
//   searcher          PARKED --CAS--> SEARCHED(s)   word, own word still s?, all free?, CAS word   --CAS--> TAKEN
//
// The owner unparks by one exchange, and waits for nobody. When it finds anything but PARKED, it gives each span a new
// stamp before it allocates. So a searcher that is still about to take a span holds a word that fits no longer; and it
// reads the word before it looks whether the search is still its own. A search that a death ends is ended by the owner.
#pragma once

#include <cstdint>
#include <optional>

#include "shm/segment/segment.hpp"

namespace buskin::shm {

/// The owner allocates nothing until it unparks. Frees go on.
void park_heap(ThreadRecord& record);
/// True: another thread may have taken spans, or may be about to. All spans need a new stamp before one is used.
bool unpark_heap(ThreadRecord& record);

/// Stamps of a thread's spans differ, so that a word of one never fits another.
std::uint32_t next_span_stamp(ThreadRecord& record);
/// Gives a span of `thread` a new stamp. Its word then, or nothing when the span is not its own any more.
std::optional<UnitWord> stamp_span(Segment& segment, ThreadIndex thread, UnitIndex head);

/// Gives back empty spans of parked heaps until `units` are free. Returns how many came free.
/// Threads: any. Cost: a look at each unit, and at the first used block of each span of a parked heap.
std::uint64_t take_parked_spans(Segment& segment, ThreadIndex own, std::uint64_t units);

/// The owner is dead, and its spans are the repairer's: no searcher takes one from here on.
void end_search(Segment& segment, ThreadIndex dead);

}  // namespace buskin::shm
