// segment: creation, attaching, and pages on demand.
//
// A segment is created whole or not at all: a creator that dies before the last step leaves nothing.
//
//   unnamed file -> size -> pages of the first pieces -> format words -> the reserve -> name
#include "shm/segment/segment.hpp"

#include <fcntl.h>
#include <linux/falloc.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "shm/base/crash_point.hpp"
#include "shm/base/memory_point.hpp"
#include "shm/segment/format_check.hpp"
#include "shm/segment/reserve_layout.hpp"
#include "shm/segment/segment_errors.hpp"

namespace buskin::shm {

namespace {

constexpr int kInterruptsMax = 1'000;  // Signals that may interrupt one fallocate before it counts as failed.

Failure<SegmentError> fail(SegmentFault fault, std::string sentence) {
  return Failure{SegmentError{fault, std::move(sentence)}};
}

/// fallocate, repeated when a signal came between. True when the pages are there.
bool reserve(int fd, std::uint64_t offset, std::uint64_t bytes) {
  if (is_memory_refused(MemoryPoint::Page)) return false;
  for (int i = 0; i < kInterruptsMax; ++i) {
    if (::fallocate(fd, 0, static_cast<off_t>(offset), static_cast<off_t>(bytes)) == 0) return true;
    if (errno != EINTR) return false;
  }
  return false;
}

/// Gives the unnamed file its name, unless another file has it.
bool give_name(int fd, const std::string& path) {
  const std::string unnamed = "/proc/self/fd/" + std::to_string(fd);
  return ::linkat(AT_FDCWD, unnamed.c_str(), AT_FDCWD, path.c_str(), AT_SYMLINK_FOLLOW) == 0;
}

}  // namespace

Segment::Segment(Mapping mapping, std::string path)
    : SegmentTables(mapping.data()), mapping_(std::move(mapping)), path_(std::move(path)) {}

Result<Segment, SegmentError> Segment::fill(int fd, const std::string& path, const SegmentOptions& options) {
  const Layout layout = Layout::of(options.counts);
  const auto first_bytes = static_cast<off_t>(layout.offset_of(Table::Processes, 0));
  int code = 0;
  if (::ftruncate(fd, static_cast<off_t>(layout.bytes_total)) != 0) {
    code = errno;
  } else if (!has_room(fd, layout)) {
    code = ENOSPC;
  } else if (::fallocate(fd, 0, 0, first_bytes) != 0) {
    code = errno;
  }
  if (code != 0) {
    const SegmentError why = code == ENOSPC ? no_space_error(fd, path, layout) : create_error(code, path);
    ::close(fd);
    return Failure{why};
  }
  auto mapping = Mapping::map(fd, layout.bytes_total);
  if (!mapping.ok()) return Failure{map_error(mapping.error(), path, layout.bytes_total)};
  write_format(*reinterpret_cast<Superblock*>(mapping.value().data()), options);
  Segment segment(std::move(mapping).value(), path);
  for (const Table table : kTablesAtFirst) {
    if (layout.count_of(table) != 0 && !segment.back(table, 0).ok()) return Failure{no_space_error(fd, path, layout)};
  }
  if (!lay_out_reserve(segment).ok()) return Failure{no_space_error(fd, path, layout)};
  return segment;
}

Result<Segment, SegmentError> Segment::create(const std::string& path, const SegmentOptions& options) {
  if (const auto error = options_error(options)) return Failure{*error};
  const int fd = ::open(folder_of(path).c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, options.mode);
  if (fd < 0) {
    const int code = errno;
    return Failure{create_error(code, path)};
  }
  (void)::fchmod(fd, options.mode);  // The umask may have taken bits away. The file is ours, so this does not fail.
  auto segment = fill(fd, path, options);
  if (!segment.ok()) return segment;
  // crash(segment_filled): a file without a name, which ends with its last process.
  crash_point("segment_filled");
  if (!give_name(fd, path)) return Failure{create_error(errno, path)};
  return segment;
}

Result<Segment, SegmentError> Segment::create_private(const SegmentOptions& options) {
  if (const auto error = options_error(options)) return Failure{*error};
  const int fd = ::memfd_create("buskin", MFD_CLOEXEC);
  if (fd < 0) return Failure{create_error(errno, "")};
  return fill(fd, "", options);
}

Result<Segment, SegmentError> Segment::attach(const std::string& path) { return attach_with(path, Access::ReadWrite); }

Result<Segment, SegmentError> Segment::attach_with(const std::string& path, Access access) {
  const int mode = access == Access::ReadOnly ? O_RDONLY : O_RDWR;
  // O_NONBLOCK, so that a pipe of this name does not hold us.
  const int fd = ::open(path.c_str(), mode | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  if (fd < 0) return Failure{open_error(errno, path)};
  struct stat info {};
  if (const auto error = file_error(fd, path, info)) {
    ::close(fd);
    return Failure{*error};
  }
  const auto bytes = static_cast<std::uint64_t>(info.st_size);
  auto mapping = Mapping::map(fd, bytes, access);
  if (!mapping.ok()) return Failure{map_error(mapping.error(), path, bytes)};
  Segment segment(std::move(mapping).value(), path);
  if (const auto named = segment.check_name(); !named.ok()) return Failure{named.error()};
  return segment;
}

Result<Done, SegmentError> Segment::check_name() const {
  if (path_.empty()) return Done{};
  struct stat mapped {};
  struct stat named {};
  if (::fstat(mapping_.fd(), &mapped) != 0) return fail(SegmentFault::System, "fstat: " + system_words(errno));
  if (::stat(path_.c_str(), &named) == 0) {
    if (mapped.st_ino == named.st_ino && mapped.st_dev == named.st_dev) return Done{};
    return fail(SegmentFault::Vanished,
                path_ + " is another file now: somebody removed the segment and made a new one");
  }
  if (errno != ENOENT) return fail(SegmentFault::System, "stat " + path_ + ": " + system_words(errno));
  return fail(SegmentFault::Vanished, path_ +
                                          " vanished while it was in use: it was removed by hand, by a cleaner, or at "
                                          "the end of a login (RemoveIPC=yes in logind.conf)");
}

Result<Done, MemoryError> Segment::back(Table table, std::uint64_t index) {
  BUSKIN_CHECK(has_backed_bits(table));
  if (index >= layout().count_of(table)) return Failure{MemoryError::TableFull};
  const Pieces pieces = pieces_of(table, index);
  for (std::uint64_t piece = pieces.first; piece <= pieces.last; ++piece) {
    if (const auto backed = back_piece(piece); !backed.ok()) return backed;
  }
  back_ahead(table, pieces.last);
  return Done{};
}

/// The piece behind the one in use lies ready, so that a restart and a new client find an entry when the memory file
/// system is full. Without effect when it is full already.
void Segment::back_ahead(Table table, std::uint64_t piece) {
  if (table != Table::Threads && table != Table::Actors) return;
  if (piece < pieces_of(table, layout().count_of(table) - 1).last) (void)back_piece(piece + 1);
}

Result<Done, MemoryError> Segment::back_part(Table table, std::uint64_t index, std::uint64_t bytes) {
  BUSKIN_CHECK(has_backed_bits(table) && bytes != 0);
  if (index >= layout().count_of(table)) return Failure{MemoryError::TableFull};
  const std::uint64_t first = pieces_of(table, index).first;
  for (std::uint64_t piece = first; piece <= first + (bytes - 1) / kPieceBytes; ++piece) {
    if (const auto backed = back_piece(piece); !backed.ok()) return backed;
  }
  return Done{};
}

Result<Done, MemoryError> Segment::back_piece(std::uint64_t piece) {
  BUSKIN_CHECK(mapping_.is_writable());
  Atomic<std::uint64_t>& word = rows<Atomic<std::uint64_t>>(Table::Backed)[piece / 64];
  // sync(backed): acquire. The pages were reserved before the bit.
  if ((word.load_acquire() & bit_of(piece)) != 0) return Done{};
  const std::uint64_t offset = layout().offset_of(Table::Processes, 0) + piece * kPieceBytes;
  if (!reserve(mapping_.fd(), offset, kPieceBytes)) return Failure{MemoryError::NoSpace};
  // crash(piece_reserved): pages without their bit; the next caller reserves them again, which changes
  //   nothing.
  crash_point("piece_reserved");
  // sync(backed): seq_cst. Other threads may touch the pages from here on.
  word.or_seq_cst(bit_of(piece));
  return Done{};
}

Result<Done, MemoryError> Segment::back_units(UnitIndex first, std::uint64_t count) {
  BUSKIN_CHECK(mapping_.is_writable());
  const std::uint64_t units = layout().count_of(Table::Units);
  if (count > units || to_bits(first) > units - count) return Failure{MemoryError::NoUnits};
  const std::uint64_t offset = layout().offset_of(Table::Data, to_bits(first));
  if (!reserve(mapping_.fd(), offset, count * kPieceBytes)) return Failure{MemoryError::NoSpace};
  return Done{};
}

void Segment::punch_units(UnitIndex first, std::uint64_t count) {
  BUSKIN_CHECK(mapping_.is_writable());
  const std::uint64_t offset = layout().offset_of(Table::Data, to_bits(first));
  // A failure has no effect: the pages stay, and are used again.
  (void)::fallocate(mapping_.fd(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, static_cast<off_t>(offset),
                    static_cast<off_t>(count * kPieceBytes));
}

std::optional<HeaderWords> Segment::peek_header(Handle handle) const {
  HeaderWords header;
  if (!peek(handle, std::as_writable_bytes(std::span(&header, 1)))) return std::nullopt;
  return header;
}

bool Segment::peek(Handle handle, std::span<std::byte> into) const {
  if (!in_data(handle)) return false;
  const std::uint64_t offset = to_bits(handle) * kCacheLineBytes;
  if (into.size() > layout().bytes_total - offset) return false;
  interleave();  // Reads what other threads write, as a load of an Atomic does.
  const ssize_t bytes = ::pread(mapping_.fd(), into.data(), into.size(), static_cast<off_t>(offset));
#ifdef BUSKIN_SIM
  sim_peek(mapping_.data() + offset, into.data(), into.size());
#endif
  return bytes >= 0 && static_cast<std::size_t>(bytes) == into.size();
}

}  // namespace buskin::shm
