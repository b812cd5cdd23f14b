// lock_file: sentences, and two stat()s.
#include "shm/os/lock_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>

#include "shm/os/limits.hpp"
#include "shm/os/regular_file.hpp"

namespace buskin::shm {

namespace {

/// After open_regular_file() has failed.
Failure<LockFileError> refusal(const std::string& path) {
  const int code = errno;
  const std::string why = code == ELOOP ? "it is not a regular file; remove it, or choose another system name"
                                        : limit_words(code);
  return Failure{LockFileError{code == ENOENT, "cannot open " + path + ": " + why}};
}

}  // namespace

Result<int, LockFileError> open_lock_file(const std::string& path) {
  // Without O_CREAT first: in a sticky folder the kernel refuses it for another user's file.
  int fd = open_regular_file(path, O_RDWR);
  if (fd < 0 && errno == ENOENT) fd = open_regular_file(path, O_RDWR | O_CREAT);
  if (fd < 0) return refusal(path);
  return fd;
}

Result<int, LockFileError> find_lock_file(const std::string& path) {
  const int fd = open_regular_file(path, O_RDONLY);
  if (fd < 0) return refusal(path);
  return fd;
}

bool is_still_named(int fd, const std::string& path) {
  struct stat opened {};
  struct stat named {};
  return ::fstat(fd, &opened) == 0 && ::stat(path.c_str(), &named) == 0 && opened.st_ino == named.st_ino &&
         opened.st_dev == named.st_dev;
}

}  // namespace buskin::shm
