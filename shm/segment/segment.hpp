// Segment: the mapped memory of one system: its file, and the pages of that file.
//
// A segment is created whole or not at all (an unnamed file gets its name
// last), has its greatest size from the start, and is sparse: a piece of a
// table, or a unit of the data area, is reserved with fallocate before a thread
// touches it. So a full memory file system is an error value, never a SIGBUS.
//
// A forked child does not have the mapping (MADV_DONTFORK): it attaches again.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "shm/base/result.hpp"
#include "shm/os/mapping.hpp"
#include "shm/segment/segment_tables.hpp"

namespace buskin::shm {

enum class SegmentFault : std::uint8_t {
  NotFound,      ///< No such file. Create it.
  Exists,        ///< Another process was first. Attach to it.
  NoPermission,  ///< The file belongs to another user, or its mode excludes us.
  NotASegment,   ///< The file is something else.
  OtherVersion,  ///< Another version laid it out; detail says which word differs.
  NoSpace,       ///< The memory file system is too small; detail has its size and the need.
  Vanished,      ///< The mapped file no longer has its name.
  System,        ///< The kernel refused; detail has its words.
};

struct SegmentError {
  SegmentFault code;
  std::string detail;  ///< A sentence: what was wrong, and what to do.
};

/// Why there is no memory for a block or a table entry.
enum class MemoryError : std::uint8_t {
  NoSpace,    ///< The memory file system is full. Free some, or enlarge it.
  NoUnits,    ///< The segment's configured maximum is in use.
  TableFull,  ///< Every entry of the table is in use.
  TooBig,     ///< Larger than any block can be.
};

struct SegmentOptions {
  TableCounts counts{};
  std::string name;            ///< Shown by tools; at most 63 bytes.
  std::uint32_t mode = 0600;   ///< 0600, or 0660 to share it with a group.
  std::uint64_t system_id = 0;  ///< 0: random.
};

class Segment : public SegmentTables {
 public:
  /// Creates the file `path`, whole. Errors: Exists, NoPermission, NoSpace, System.
  static Result<Segment, SegmentError> create(const std::string& path, const SegmentOptions& options);
  /// Maps an existing segment after it has compared the format. Errors: all but Exists.
  /// A process that only looks attaches a ReadOnlySegment instead.
  static Result<Segment, SegmentError> attach(const std::string& path);
  /// A segment without a name, for the bases that run in one process.
  static Result<Segment, SegmentError> create_private(const SegmentOptions& options);

  Segment(Segment&&) noexcept = default;
  Segment& operator=(Segment&&) noexcept = default;

  /// Reserves the pages of one table entry. Idempotent; a few ns when it is backed already.
  Result<Done, MemoryError> back(Table table, std::uint64_t index);
  /// The same for the first `bytes` of an entry that begins with a piece.
  Result<Done, MemoryError> back_part(Table table, std::uint64_t index, std::uint64_t bytes);
  /// Reserves `count` units of the data area (fallocate); the caller sets the backed bit of their words.
  Result<Done, MemoryError> back_units(UnitIndex first, std::uint64_t count);
  /// Gives the pages of units back to the kernel. Requires that the caller alone holds the units.
  void punch_units(UnitIndex first, std::uint64_t count);

  /// The header of a block that another thread may have released meanwhile, read without touching the
  /// mapping: a hole reads as zeroes. None when the handle lies outside the data area.
  std::optional<HeaderWords> peek_header(Handle handle) const;
  /// The same for as many bytes as `into` has, from the start of the block. False when they lie outside.
  bool peek(Handle handle, std::span<std::byte> into) const;

  /// Unmaps the segment, but for these bytes of it; see Mapping::leave_behind(). Nothing else may be called afterwards.
  void leave_behind(std::vector<PlacedBytes> kept) { std::move(mapping_).leave_behind(std::move(kept)); }

  /// Does the file still have its name? A private segment never had one, and is always there.
  Result<Done, SegmentError> check_name() const;
  const std::string& path() const { return path_; }
  std::uint64_t system_id() const { return superblock().system_id; }

 private:
  friend class ReadOnlySegment;

  Segment(Mapping mapping, std::string path);  // Requires a filled superblock.
  static Result<Segment, SegmentError> attach_with(const std::string& path, Access access);
  static Result<Segment, SegmentError> fill(int fd, const std::string& path, const SegmentOptions& options);
  Result<Done, MemoryError> back_piece(std::uint64_t piece);
  void back_ahead(Table table, std::uint64_t piece);

  Mapping mapping_;
  std::string path_;
};

/// Calls `visit` with the index of each entry of a table whose pages are there. For tables whose entries fill
/// a piece evenly. Cost: one look per piece that is not backed.
template <class Visit>
void for_each_backed(const Segment& segment, Table table, Visit visit) {
  const std::uint64_t step = kPieceBytes / segment.layout().entry_bytes[static_cast<std::size_t>(table)];
  const std::uint64_t count = segment.layout().count_of(table);
  for (std::uint64_t first = 0; first < count; first += step) {
    if (!segment.is_backed(table, first)) continue;
    for (std::uint64_t i = first; i < count && i < first + step; ++i) visit(i);
  }
}

}  // namespace buskin::shm
