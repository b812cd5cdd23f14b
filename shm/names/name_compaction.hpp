// name_compaction: the names of living actors are copied to a fresh table; the tombstones stay behind.
//
//   freeze   every cell of the present table: no thread puts a name into it any more
//   copy     the living names, into a fresh table or the one kept from the last time
//   swing    names_root: one CAS, from then on the copy counts
//
// Lookups go on meanwhile and ignore the bit. An inserter that meets a frozen cell
// waits for the swing, at most kInsertMax_ns. Without the freeze a name could be put
// into a cell that is copied already: it would be lost, and then given twice.
//
//   killed            left                                who mends it
//   while freezing    some cells frozen, the old root     the next admin goes on, or thaws when there is no room
//   while copying     all frozen, names_next set          the next admin copies again, into the same block
//   after the swing   the copy counts                     the next admin; the old table is kept for the next time
//
// Caller: the holder of the admin's lock byte.
#pragma once

#include "shm/memory/thread.hpp"

namespace buskin::shm {

struct NamesUse {
  std::uint64_t cells = 0;       ///< Cells of the present table.
  std::uint64_t names = 0;       ///< Entries of living actors.
  std::uint64_t tombstones = 0;  ///< Tombstones, and entries whose actors are gone.
  bool is_frozen = false;        ///< A compaction is under way, or was when its admin died.

  /// Would a compaction get back a share of the table that is worth it?
  bool needs_compaction() const { return 4 * tombstones > cells; }
};

/// Counts the cells of the present table. Cost: a look at each backed cell.
NamesUse use_of_names(const Segment& segment);

/// Copies the living names to a fresh table, which counts from then on. Error: there is no memory for the copy;
/// then the table is as before.
Result<Done, MemoryError> compact_names(Thread& thread);

/// Finishes, or undoes, the compaction that a dead admin had begun. A new admin calls it first.
void resume_names(Thread& thread);

}  // namespace buskin::shm
