// lock_file: open() and two stat()s.
#include "shm/os/lock_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>

namespace buskin::shm {

int open_lock_file(const std::string& path) {
  constexpr int kFlags = O_RDWR | O_CLOEXEC | O_NOFOLLOW;
  // Without O_CREAT first: in a sticky folder the kernel refuses it for another user's file.
  const int fd = ::open(path.c_str(), kFlags);
  return fd >= 0 || errno != ENOENT ? fd : ::open(path.c_str(), kFlags | O_CREAT, 0600);
}

bool is_still_named(int fd, const std::string& path) {
  struct stat opened {};
  struct stat named {};
  return ::fstat(fd, &opened) == 0 && ::stat(path.c_str(), &named) == 0 && opened.st_ino == named.st_ino &&
         opened.st_dev == named.st_dev;
}

}  // namespace buskin::shm
