// NameTable: the table of names that counts, and its cells.
//
// The first table is that of the layout. When it is full of tombstones, the
// admin copies the living names into a block and swings the one word that says
// which table counts (name_compaction.hpp):
//
//   names_root   version | handle of the block; handle 0: the table of the layout
//   names_next   the same for the block that is being filled, or is kept for the next time
//
// Empty cells carry the version of their table. So a CAS of a thread that was
// stopped for long fits no table for which its memory was used again. Retired
// tables stay as they are, all cells frozen, until they are filled again; a block
// that is too small for that is kept as well (it hangs on another table's block).
//
// A table's block is SAVED(0, g). Its header links two other blocks:
//   next     the block that was the root before it
//   sender   a block that was outgrown
#pragma once

#include <functional>

#include "shm/segment/segment.hpp"

namespace buskin::shm {

using NameCell = Atomic<std::uint64_t>;

/// The table that counted when this object was made.
class NameTable {
 public:
  explicit NameTable(const Segment& segment);
  NameTable(const Segment& segment, SavedWord root);

  std::uint64_t count() const { return count_; }
  /// Null while no name was put near it.
  const NameCell* cell(std::uint64_t at) const;
  /// The same to be written, when there is such a cell already.
  NameCell* cell_in(Segment& segment, std::uint64_t at) const;
  /// The same, backed first.
  Result<NameCell*, MemoryError> back(Segment& segment, std::uint64_t at) const;
  /// The word of an empty cell of this table.
  std::uint64_t empty() const;
  /// Calls `visit` with the place of each cell that is there, and the cell.
  template <class Visit>
  void for_each(Visit visit) const {
    if (cells_ == nullptr) {
      for_each_backed(*segment_, Table::Names,
                      [&](std::uint64_t at) { visit(at, segment_->row<NameCell>(Table::Names, at)); });
      return;
    }
    for (std::uint64_t at = 0; at < count_; ++at) visit(at, cells_[at]);
  }
  /// Does this table still count?
  bool is_present() const;
  SavedWord root() const { return root_; }

 private:
  const Segment* segment_;
  SavedWord root_;
  const NameCell* cells_;  // Null: the table of the layout.
  std::uint64_t count_;
};

/// Is the block of a table at `handle` now?
bool is_names_block(const Segment& segment, Handle handle);
/// Calls `visit` for the block of each table: the present one, and those that are kept.
void for_each_names_block(const Segment& segment, const std::function<void(Handle)>& visit);

}  // namespace buskin::shm
