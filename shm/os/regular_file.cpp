// regular_file: open() and fstat().
#include "shm/os/regular_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace buskin::shm {

int open_regular_file(const std::string& path, int flags) {
  // O_NONBLOCK, so that a pipe does not hold us before we see that it is one. A regular file takes no notice of it.
  const int fd = ::open(path.c_str(), flags | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
  if (fd < 0) {
    if (errno == EISDIR || errno == ENXIO) errno = ELOOP;
    return -1;
  }
  struct stat info {};
  if (::fstat(fd, &info) == 0 && S_ISREG(info.st_mode)) return fd;
  ::close(fd);
  errno = ELOOP;
  return -1;
}

}  // namespace buskin::shm
