// Registry: which table of names is the present one, and its cells.
//
// The first table is that of the layout. When it is full of tombstones, the
// admin copies what lives into a block and swings the one word that says which
// table counts (compaction.hpp):
//
//   registry_root   version | handle of the block; handle 0: the table of the layout
//   registry_next   the same of the block that is being filled, or is kept for the next time
//
// Empty cells carry the version of their table. So a CAS of somebody who was
// stopped for long fits no table that its memory was used for again. Retired tables
// stay what they are, all cells frozen, until they are filled anew; a block that is
// too small for that is kept as well (it hangs on the table it was kept beside).
//
// A table's block is SAVED(0, g). Its header names, besides:
//   next     the block that was the root before it
//   sender   a block that was outgrown
#pragma once

#include <functional>

#include "shm/segment/segment.hpp"

namespace buskin::shm {

using NameCell = Atomic<std::uint64_t>;

/// The table that was the present one when this was made.
class Registry {
 public:
  explicit Registry(const Segment& segment);
  Registry(const Segment& segment, SavedWord root);

  std::uint64_t count() const { return count_; }
  /// Null while nobody has put anything near it.
  const NameCell* cell(std::uint64_t at) const;
  /// The same to be written, when there is such a cell already.
  NameCell* cell_in(Segment& segment, std::uint64_t at) const;
  /// The same, backed first.
  Result<NameCell*, MemoryError> back(Segment& segment, std::uint64_t at) const;
  /// What an empty cell of this table is.
  std::uint64_t empty() const;
  /// Calls `visit` for each cell that is there.
  template <class Visit>
  void for_each(Visit visit) const {
    if (cells_ == nullptr) {
      for_each_backed(*segment_, Table::Names, [&](std::uint64_t at) { visit(at, segment_->row<NameCell>(Table::Names, at)); });
      return;
    }
    for (std::uint64_t at = 0; at < count_; ++at) visit(at, cells_[at]);
  }
  /// Is it still the present one?
  bool is_present() const;
  SavedWord root() const { return root_; }

 private:
  const Segment* segment_;
  SavedWord root_;
  const NameCell* cells_;  // Null: the table of the layout.
  std::uint64_t count_;
};

/// The block of a table, if there is one at `handle` now.
bool is_names_block(const Segment& segment, Handle handle);
/// Every block of a table, the present one and those that are kept.
void for_each_names_block(const Segment& segment, const std::function<void(Handle)>& visit);

}  // namespace buskin::shm
