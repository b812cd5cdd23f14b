// segment_errors: what the kernel and the file say, put into sentences with a remedy.
#include "shm/segment/segment_errors.hpp"

#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <vector>

#include "shm/segment/format_check.hpp"

namespace buskin::shm {

namespace {

constexpr std::uint64_t kHandlesReach = std::uint64_t{1} << 41;  // 35 bits of 64 bytes: 2 TiB.
constexpr mode_t kModeBits = 07777;
constexpr mode_t kOwnerMode = 0600;
constexpr mode_t kGroupMode = 0660;

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

std::string display(const std::string& path) { return path.empty() ? "the private segment" : path; }

bool is_good_mode(mode_t mode) { return (mode & kModeBits) == kOwnerMode || (mode & kModeBits) == kGroupMode; }

SegmentError stranger_error(const struct stat& info, const std::string& path) {
  return {SegmentFault::NoPermission, path + " belongs to user " + std::to_string(info.st_uid) + " (mode " +
                                          octal(info.st_mode) + "), and this process is user " +
                                          std::to_string(::geteuid()) +
                                          "; run as that user, or choose another system name"};
}

bool is_in_group(gid_t group) {
  if (::getegid() == group) return true;
  const int count = ::getgroups(0, nullptr);
  if (count <= 0) return false;
  std::vector<gid_t> groups(static_cast<std::size_t>(count));
  const int got = ::getgroups(count, groups.data());
  return std::find(groups.begin(), groups.begin() + std::max(got, 0), group) != groups.begin() + std::max(got, 0);
}

/// A process that may write a segment can do anything to the others. So only processes of one party attach,
/// which the file's mode names: its user, or its group.
std::optional<SegmentError> owner_error(const struct stat& info, const std::string& path) {
  if (!S_ISREG(info.st_mode)) return open_error(EISDIR, path);
  const bool is_shared = (info.st_mode & kModeBits) == kGroupMode && is_in_group(info.st_gid);
  if (info.st_uid != ::geteuid() && !is_shared) return stranger_error(info, path);
  if (is_good_mode(info.st_mode)) return std::nullopt;
  return SegmentError{SegmentFault::NoPermission, path + " has the wrong permissions: its mode is " +
                                                      octal(info.st_mode) +
                                                      ", and a segment's is 0600, or 0660 for a group"};
}

}  // namespace

std::string folder_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

SegmentError no_space_error(int fd, const std::string& path, const Layout& layout) {
  struct statvfs mount {};
  const bool is_known = ::fstatvfs(fd, &mount) == 0;
  std::string sentence = "no room for " + display(path) + ": a system needs " + mebibytes(bytes_at_first(layout)) +
                         " to start";
  if (is_known && mount.f_blocks != 0) {
    const std::string folder = folder_of(path);
    sentence += ", and of the " + mebibytes(mount.f_blocks * mount.f_frsize) + " of " + folder + " only " +
                mebibytes(mount.f_bavail * mount.f_frsize) + " are free; enlarge it (mount -o remount,size=1G " +
                folder + "), or remove what is not needed there";
  }
  return {SegmentFault::NoSpace, sentence};
}

bool has_room(int fd, const Layout& layout) {
  struct statvfs mount {};
  // A file system without a limit of its own says that it has 0 blocks.
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
    case ENOENT:
      if (::access("/proc/self", F_OK) == 0) break;
      return {SegmentFault::System, "cannot create " + display(path) + ": /proc is not mounted, and a new file gets "
                                        "its name through it; mount it (mount -t proc proc /proc)"};
    default: break;
  }
  return {SegmentFault::System, "cannot create " + display(path) + ": " + limit_words(code)};
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
    case ENXIO: return {SegmentFault::NotASegment, path + " is not a segment: it is not a regular file"};
    default: return {SegmentFault::System, "cannot open " + path + ": " + limit_words(code)};
  }
}

std::optional<SegmentError> file_error(int fd, const std::string& path, struct stat& info) {
  if (::fstat(fd, &info) != 0) return open_error(errno, path);
  if (auto error = owner_error(info, path)) return error;
  alignas(Superblock) std::array<std::byte, sizeof(Superblock)> page{};
  if (::pread(fd, page.data(), page.size(), 0) != ssize_t{sizeof(Superblock)}) {
    return SegmentError{SegmentFault::NotASegment, path + " is not a segment: it has only " +
                                                       std::to_string(info.st_size) + " bytes"};
  }
  const auto* const found = reinterpret_cast<const Superblock*>(page.data());
  return format_error(*found, static_cast<std::uint64_t>(info.st_size), path);
}

SegmentError map_error(const OsError& error, const std::string& path, std::uint64_t bytes) {
  std::string sentence = "cannot map the " + mebibytes(bytes) + " of " + display(path) + ": " + error.what + ": ";
  // Some address spaces are small without a limit: valgrind refuses with EINVAL.
  if (error.code != ENOMEM && error.code != EINVAL) return {SegmentFault::System, sentence + limit_words(error.code)};
  sentence += limit_words(ENOMEM) + "; a system with less memory_max needs less address space (SystemOptions, "
              "BUSKIN_MEMORY=64M, or `buskin start --memory 64M`)";
  return {SegmentFault::System, sentence};
}

}  // namespace buskin::shm
