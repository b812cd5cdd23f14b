// segment: pages on demand, and looks at what may be gone. Creation and attaching are in segment_open.cpp.
#include "shm/segment/segment.hpp"

#include <fcntl.h>
#include <linux/falloc.h>
#include <unistd.h>

#include <cerrno>

#include "shm/base/crash_point.hpp"

namespace buskin::shm {

namespace {

constexpr int kInterruptsMax = 1'000;  // Signals that may interrupt one fallocate before it counts as failed.

/// fallocate, repeated when a signal came between. True when the pages are there.
bool reserve(int fd, std::uint64_t offset, std::uint64_t bytes) {
  for (int i = 0; i < kInterruptsMax; ++i) {
    if (::fallocate(fd, 0, static_cast<off_t>(offset), static_cast<off_t>(bytes)) == 0) return true;
    if (errno != EINTR) return false;
  }
  return false;
}

constexpr std::uint64_t bit_of(std::uint64_t piece) { return std::uint64_t{1} << piece % 64; }

/// Pieces of one entry, counted from the first table behind the backed bits.
struct Pieces {
  std::uint64_t first;
  std::uint64_t last;
};

Pieces pieces_of(const Layout& layout, Table table, std::uint64_t index) {
  const std::uint64_t tables = layout.offset_of(Table::Processes, 0);
  const std::uint64_t begin = layout.offset_of(table, index) - tables;
  return {begin / kPieceBytes, (begin + layout.entry_bytes[static_cast<std::size_t>(table)] - 1) / kPieceBytes};
}

/// The backed bits themselves are always there; units have a bit in their own word.
constexpr bool has_backed_bits(Table table) { return table != Table::Backed && table != Table::Data; }

}  // namespace

Segment::Segment(Mapping mapping, std::string path)
    : SegmentTables(mapping.data()), mapping_(std::move(mapping)), path_(std::move(path)) {}

Result<Done, MemoryError> Segment::back(Table table, std::uint64_t index) {
  BUSKIN_CHECK(has_backed_bits(table));
  if (index >= layout().count_of(table)) return Failure{MemoryError::TableFull};
  const Pieces pieces = pieces_of(layout(), table, index);
  for (std::uint64_t piece = pieces.first; piece <= pieces.last; ++piece) {
    if (const auto backed = back_piece(piece); !backed.ok()) return backed;
  }
  return Done{};
}

Result<Done, MemoryError> Segment::back_piece(std::uint64_t piece) {
  Atomic<std::uint64_t>& word = rows<Atomic<std::uint64_t>>(Table::Backed)[piece / 64];
  // sync(backed): acquire. The pages were reserved before the bit.
  if ((word.load_acquire() & bit_of(piece)) != 0) return Done{};
  const std::uint64_t offset = layout().offset_of(Table::Processes, 0) + piece * kPieceBytes;
  if (!reserve(mapping_.fd(), offset, kPieceBytes)) return Failure{MemoryError::NoSpace};
  // crash(piece_reserved): pages that nobody knows of; the next one who comes here reserves them again,
  //   which changes nothing.
  crash_point("piece_reserved");
  // sync(backed): seq_cst. Others may touch the pages from here on.
  word.or_seq_cst(bit_of(piece));
  return Done{};
}

bool Segment::is_backed(Table table, std::uint64_t index) const {
  BUSKIN_CHECK(has_backed_bits(table));
  if (index >= layout().count_of(table)) return false;
  const Pieces pieces = pieces_of(layout(), table, index);
  for (std::uint64_t piece = pieces.first; piece <= pieces.last; ++piece) {
    // sync(backed): acquire. As in back_piece().
    const auto& word = rows<const Atomic<std::uint64_t>>(Table::Backed)[piece / 64];
    if ((word.load_acquire() & bit_of(piece)) == 0) return false;
  }
  return true;
}

Result<Done, MemoryError> Segment::back_units(UnitIndex first, std::uint64_t count) {
  const std::uint64_t units = layout().count_of(Table::Units);
  if (count > units || to_bits(first) > units - count) return Failure{MemoryError::NoUnits};
  const std::uint64_t offset = layout().offset_of(Table::Data, to_bits(first));
  if (!reserve(mapping_.fd(), offset, count * kPieceBytes)) return Failure{MemoryError::NoSpace};
  return Done{};
}

void Segment::punch_units(UnitIndex first, std::uint64_t count) {
  const std::uint64_t offset = layout().offset_of(Table::Data, to_bits(first));
  // Without effect when it fails: the pages stay, and are used again.
  (void)::fallocate(mapping_.fd(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, static_cast<off_t>(offset),
                    static_cast<off_t>(count * kPieceBytes));
}

bool Segment::peek(Handle handle, std::uint64_t (&words)[4]) const {
  return peek(handle, std::as_writable_bytes(std::span(words)));
}

bool Segment::peek(Handle handle, std::span<std::byte> into) const {
  if (!in_data(handle)) return false;
  const std::uint64_t offset = to_bits(handle) * kCacheLineBytes;
  if (into.size() > layout().bytes_total - offset) return false;
  interleave();  // A look at what others write, as much as one at an Atomic.
  const ssize_t bytes = ::pread(mapping_.fd(), into.data(), into.size(), static_cast<off_t>(offset));
#ifdef BUSKIN_SIM
  sim_peek(mapping_.data() + offset, into.data(), into.size());
#endif
  return bytes >= 0 && static_cast<std::size_t>(bytes) == into.size();
}

}  // namespace buskin::shm
