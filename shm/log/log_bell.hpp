// log_bell: the word by which the writers of lines wake a process that reads them.
//
// A reader sets its bell, looks for lines once more, and sleeps; a writer that finds a bell set after it has written
// sets it back and wakes the reader. So a writer makes a system call only for a reader that sleeps. For one that is
// stopped or dead it makes one, and then no more.
#pragma once

#include <cstdint>

#include "shm/base/clock.hpp"
#include "shm/os/futex.hpp"
#include "shm/segment/segment.hpp"

namespace buskin::shm {

/// Wakes the process of this entry if it sleeps on its bell. There need not be a process.
void ring_log_bell(Segment& segment, ProcessIndex reader);

/// Sleeps until the bell of this process is rung. Not at all when `has_any` says, once the bell is set, that there is
/// something to do already.
template <class HasAny>
void sleep_on_log_bell(Segment& segment, ProcessIndex reader, HasAny has_any) {
  Atomic<std::uint32_t>& bell = segment.process(reader).log_bell;
  // sync(log_bell): seq_cst. Set before the last look; a writer writes before it looks at the bell.
  bell.store_seq_cst(1);
  if (!has_any()) futex_wait(bell, 1, kNever_ns);
  // relaxed: the caller looks for lines next, and what it finds is ordered by their tail.
  bell.store_relaxed(0);
}

}  // namespace buskin::shm
