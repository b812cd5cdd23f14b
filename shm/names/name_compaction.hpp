// Compaction: the names that live are copied to a fresh table; the tombstones stay behind.
//
//   freeze   every cell of the present table: nobody puts a name into it any more
//   copy     what lives, into a fresh table or the one kept from the last time
//   swing    registry_root: one CAS, from then on the copy counts
//
// Lookups go on meanwhile and ignore the bit. Who wants to insert and meets a frozen
// cell waits for the swing, at most kInsertMax_ns. Without the freeze a name could be
// put into a cell that is copied already: it would be lost, and then given twice.
//
//   killed            left                                who mends it
//   while freezing    some cells frozen, the old root     the next admin goes on, or thaws when there is no room
//   while copying     all frozen, registry_next set       the next admin copies anew, into the same block
//   after the swing   the copy counts                     the next admin; the old table is kept for the next time
//
// Who calls it: the holder of the admin's lock byte.
#pragma once

#include "shm/memory/thread.hpp"

namespace buskin::shm {

struct NamesUse {
  std::uint64_t cells = 0;       ///< Of the present table.
  std::uint64_t names = 0;       ///< Of living actors.
  std::uint64_t tombstones = 0;  ///< And entries whose actors are gone.
  bool is_frozen = false;        ///< A compaction is under way, or was when its admin died.

  /// Is a share of the table worth getting back?
  bool needs_compaction() const { return 4 * tombstones > cells; }
};

/// Cost: one look at each backed cell.
NamesUse use_of_names(const Segment& segment);

/// Error: there is no memory for the copy; then the table is as before.
Result<Done, MemoryError> compact_names(Thread& thread);

/// What a new admin does first: finishes, or undoes, what a dead one had begun.
void resume_names(Thread& thread);

}  // namespace buskin::shm
