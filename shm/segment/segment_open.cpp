// segment_open: how a segment comes to be, whole or not at all, and how one finds it again.
//
//   unnamed file -> size -> pages of the first pieces -> stamp -> name
//
// A creator that dies before the last step leaves nothing.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <optional>
#include <system_error>
#include <vector>

#include "shm/base/crash_point.hpp"
#include "shm/segment/segment.hpp"
#include "shm/segment/format_check.hpp"

namespace buskin::shm {

namespace {

constexpr std::uint64_t kHandlesReach = std::uint64_t{1} << 41;      // 35 bits of 64 bytes: 2 TiB.
constexpr std::uint64_t kFirstData_bytes = std::uint64_t{1} << 20;   // One span of the largest class.
constexpr mode_t kModeBits = 07777;
constexpr mode_t kOwnerMode = 0600;
constexpr mode_t kGroupMode = 0660;

/// All but the data, and the ready maps, which their processes reserve.
constexpr std::array kTablesAtFirst = {Table::Processes, Table::Threads, Table::Types, Table::Links, Table::Replies,
                                       Table::Faults,    Table::Names,   Table::Units, Table::Actors};

Failure<SegmentError> fail(SegmentFault fault, std::string sentence) {
  return Failure{SegmentError{fault, std::move(sentence)}};
}

std::string system_words(int code) { return std::generic_category().message(code); }

std::string octal(mode_t mode) {
  std::array<char, 16> text{};
  std::snprintf(text.data(), text.size(), "%04o", static_cast<unsigned>(mode & kModeBits));
  return text.data();
}

std::string mebibytes(std::uint64_t bytes) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.1f MiB", static_cast<double>(bytes) / (1 << 20));
  return text.data();
}

std::string folder_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

std::string display(const std::string& path) { return path.empty() ? "the private segment" : path; }

bool is_good_mode(mode_t mode) { return (mode & kModeBits) == kOwnerMode || (mode & kModeBits) == kGroupMode; }

std::uint64_t bytes_at_first(const Layout& layout) {
  const std::uint64_t data = layout.count_of(Table::Data) * kPieceBytes;
  return layout.offset_of(Table::Processes, 0) + kTablesAtFirst.size() * kPieceBytes + std::min(data, kFirstData_bytes);
}

SegmentError no_space(int fd, const std::string& path, const Layout& layout) {
  struct statvfs mount {};
  const bool is_known = ::fstatvfs(fd, &mount) == 0;
  std::string sentence = "no room for " + display(path) + ": a system needs " + mebibytes(bytes_at_first(layout)) +
                         " to start";
  if (is_known && mount.f_blocks != 0) {
    const std::string folder = folder_of(path);
    sentence += ", and of the " + mebibytes(mount.f_blocks * mount.f_frsize) + " of " + folder + " only " +
                mebibytes(mount.f_bavail * mount.f_frsize) + " are free; enlarge it (mount -o remount,size=1G " + folder +
                "), or remove what is not needed there";
  }
  return {SegmentFault::NoSpace, sentence};
}

/// A file system without a limit of its own says that it has 0 blocks.
bool has_room(int fd, const Layout& layout) {
  struct statvfs mount {};
  if (::fstatvfs(fd, &mount) != 0 || mount.f_blocks == 0) return true;
  return mount.f_bavail * mount.f_frsize >= bytes_at_first(layout);
}

std::optional<SegmentError> options_error(const SegmentOptions& options) {
  if (!is_good_mode(options.mode)) {
    return SegmentError{SegmentFault::NoPermission, "the mode of a segment is 0600, or 0660 for a group, and not " +
                                                        octal(options.mode)};
  }
  const std::uint64_t bytes = Layout::of(options.counts).bytes_total;
  if (bytes > kHandlesReach) {
    return SegmentError{SegmentFault::System, "the tables and data of the segment come to " + mebibytes(bytes) +
                                                  ", more than the " + mebibytes(kHandlesReach) + " of a segment"};
  }
  return std::nullopt;
}

SegmentError create_error(int code, const std::string& path) {
  const std::string folder = folder_of(path);
  switch (code) {
    case EEXIST: return {SegmentFault::Exists, path + " exists already: attach to it"};
    case EACCES:
    case EPERM:
      return {SegmentFault::NoPermission, "user " + std::to_string(::geteuid()) + " may not make files in " + folder};
    case ENOSPC:
    case EDQUOT: return {SegmentFault::NoSpace, "no room for another file in " + folder};
    case EOPNOTSUPP:
    case EISDIR:
      return {SegmentFault::System, "the file system of " + folder +
                                        " cannot make files without a name, or not reserve their pages (O_TMPFILE, "
                                        "fallocate); use a tmpfs such as /dev/shm"};
    default: return {SegmentFault::System, "cannot create " + path + ": " + system_words(code)};
  }
}

SegmentError stranger_error(const struct stat& info, const std::string& path) {
  return {SegmentFault::NoPermission, path + " belongs to user " + std::to_string(info.st_uid) + " (mode " +
                                          octal(info.st_mode) + "), and this process is user " +
                                          std::to_string(::geteuid()) +
                                          "; run as that user, or choose another system name"};
}

SegmentError open_error(int code, const std::string& path) {
  struct stat info {};
  switch (code) {
    case ENOENT: return {SegmentFault::NotFound, "there is no segment " + path + ": create it"};
    case EACCES:
    case EPERM:
      if (::stat(path.c_str(), &info) == 0) return stranger_error(info, path);
      return {SegmentFault::NoPermission, "user " + std::to_string(::geteuid()) + " may not look into " +
                                              folder_of(path)};
    case ELOOP:
    case EISDIR:
    case ENXIO: return {SegmentFault::NotASegment, path + " is not a segment: it is no regular file"};
    default: return {SegmentFault::System, "cannot open " + path + ": " + system_words(code)};
  }
}

bool is_in_group(gid_t group) {
  if (::getegid() == group) return true;
  const int count = ::getgroups(0, nullptr);
  if (count <= 0) return false;
  std::vector<gid_t> groups(static_cast<std::size_t>(count));
  const int got = ::getgroups(count, groups.data());
  return std::find(groups.begin(), groups.begin() + std::max(got, 0), group) != groups.begin() + std::max(got, 0);
}

/// Everybody who may write a segment can do everything to the others. So only those attach that the
/// file's mode makes one party: its user, or its group.
std::optional<SegmentError> owner_error(const struct stat& info, const std::string& path) {
  if (!S_ISREG(info.st_mode)) return open_error(EISDIR, path);
  const bool is_shared = (info.st_mode & kModeBits) == kGroupMode && is_in_group(info.st_gid);
  if (info.st_uid != ::geteuid() && !is_shared) return stranger_error(info, path);
  if (is_good_mode(info.st_mode)) return std::nullopt;
  return SegmentError{SegmentFault::NoPermission, path + " has the wrong permissions: its mode is " +
                                                      octal(info.st_mode) +
                                                      ", and a segment's is 0600, or 0660 for a group"};
}

/// Looks at owner and stamp of an open file, without mapping it.
std::optional<SegmentError> file_error(int fd, const std::string& path, struct stat& info) {
  if (::fstat(fd, &info) != 0) return open_error(errno, path);
  if (auto error = owner_error(info, path)) return error;
  alignas(Superblock) std::array<std::byte, sizeof(Superblock)> page{};
  if (::pread(fd, page.data(), page.size(), 0) != ssize_t{sizeof(Superblock)}) {
    return SegmentError{SegmentFault::NotASegment, path + " is not a segment: it has only " +
                                                       std::to_string(info.st_size) + " bytes"};
  }
  const auto* const found = reinterpret_cast<const Superblock*>(page.data());
  return stamp_error(*found, static_cast<std::uint64_t>(info.st_size), path);
}

/// Gives the unnamed file its name, unless somebody has it.
bool give_name(int fd, const std::string& path) {
  const std::string unnamed = "/proc/self/fd/" + std::to_string(fd);
  return ::linkat(AT_FDCWD, unnamed.c_str(), AT_FDCWD, path.c_str(), AT_SYMLINK_FOLLOW) == 0;
}

Failure<SegmentError> map_failed(const OsError& error, const std::string& path) {
  return fail(SegmentFault::System,
              "cannot map " + display(path) + ": " + error.what + ": " + system_words(error.code));
}

}  // namespace

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
    const SegmentError why = code == ENOSPC ? no_space(fd, path, layout) : create_error(code, path);
    ::close(fd);
    return Failure{why};
  }
  auto mapping = Mapping::map(fd, layout.bytes_total);
  if (!mapping.ok()) return map_failed(mapping.error(), path);
  write_stamp(*reinterpret_cast<Superblock*>(mapping.value().data()), options);
  Segment segment(std::move(mapping).value(), path);
  for (const Table table : kTablesAtFirst) {
    if (layout.count_of(table) != 0 && !segment.back(table, 0).ok()) return Failure{no_space(fd, path, layout)};
  }
  return segment;
}

Result<Segment, SegmentError> Segment::create(const std::string& path, const SegmentOptions& options) {
  if (const auto error = options_error(options)) return Failure{*error};
  const int fd = ::open(folder_of(path).c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, options.mode);
  if (fd < 0) {
    const int code = errno;
    return Failure{create_error(code, path)};
  }
  (void)::fchmod(fd, options.mode);  // Against the umask; our own file, so it does not fail.
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
  if (fd < 0) return fail(SegmentFault::System, "cannot make a private segment: " + system_words(errno));
  return fill(fd, "", options);
}

Result<Segment, SegmentError> Segment::attach(const std::string& path) {
  // O_NONBLOCK, so that a pipe of this name does not hold us.
  const int fd = ::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  if (fd < 0) return Failure{open_error(errno, path)};
  struct stat info {};
  if (const auto error = file_error(fd, path, info)) {
    ::close(fd);
    return Failure{*error};
  }
  auto mapping = Mapping::map(fd, static_cast<std::uint64_t>(info.st_size));
  if (!mapping.ok()) return map_failed(mapping.error(), path);
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
    return fail(SegmentFault::Vanished, path_ + " is another file now: somebody removed the segment and made a new one");
  }
  if (errno != ENOENT) return fail(SegmentFault::System, "stat " + path_ + ": " + system_words(errno));
  return fail(SegmentFault::Vanished, path_ + " vanished while it was in use: it was removed by hand, by a cleaner, or at "
                                              "the end of a login (RemoveIPC=yes in logind.conf)");
}

}  // namespace buskin::shm
