// lock_file: open() and two stat()s.
#include "shm/os/lock_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace buskin::shm {

namespace {

// O_NONBLOCK, so that a pipe of this name does not hold us before we see that it is one. Locks take no notice of it.
constexpr int kFlags = O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;

Failure<LockFileError> refusal(int code, const std::string& path) {
  const bool is_other_kind = code == ELOOP || code == EISDIR || code == ENXIO;
  const std::string why = is_other_kind ? "it is not a regular file; remove it, or choose another system name"
                                        : std::generic_category().message(code);
  return Failure{LockFileError{code == ENOENT, "cannot open " + path + ": " + why}};
}

/// Passes the descriptor on if it is one of a regular file, and closes it otherwise. `fd` comes from open().
Result<int, LockFileError> checked(int fd, const std::string& path) {
  if (fd < 0) return refusal(errno, path);
  struct stat info {};
  if (::fstat(fd, &info) == 0 && S_ISREG(info.st_mode)) return fd;
  ::close(fd);
  return refusal(ELOOP, path);
}

}  // namespace

Result<int, LockFileError> open_lock_file(const std::string& path) {
  // Without O_CREAT first: in a sticky folder the kernel refuses it for another user's file.
  const int fd = ::open(path.c_str(), kFlags | O_RDWR);
  return checked(fd >= 0 || errno != ENOENT ? fd : ::open(path.c_str(), kFlags | O_RDWR | O_CREAT, 0600), path);
}

Result<int, LockFileError> find_lock_file(const std::string& path) {
  return checked(::open(path.c_str(), kFlags | O_RDONLY), path);
}

bool is_still_named(int fd, const std::string& path) {
  struct stat opened {};
  struct stat named {};
  return ::fstat(fd, &opened) == 0 && ::stat(path.c_str(), &named) == 0 && opened.st_ino == named.st_ino &&
         opened.st_dev == named.st_dev;
}

}  // namespace buskin::shm
