// start_lock: flock, and is the file still the one with this name?
#include "api/runtime/launch/start_lock.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>

namespace buskin::runtime {

namespace {

bool has_name(int fd, const std::string& path) {
  struct stat open_file {};
  struct stat named_file {};
  return ::fstat(fd, &open_file) == 0 && ::stat(path.c_str(), &named_file) == 0 &&
         open_file.st_ino == named_file.st_ino && open_file.st_dev == named_file.st_dev;
}

}  // namespace

StartLock::StartLock(const std::string& lock_path) {
  // Ends: the name changes only when a system has ended meanwhile.
  for (;;) {
    fd_ = ::open(lock_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd_ < 0) throw std::runtime_error("buskin: cannot open " + lock_path + ": " + std::strerror(errno));
    while (::flock(fd_, LOCK_EX) != 0 && errno == EINTR) {
    }
    if (has_name(fd_, lock_path)) return;
    ::close(fd_);
  }
}

std::unique_ptr<StartLock> StartLock::try_take(const std::string& lock_path) {
  const int fd = ::open(lock_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) throw std::runtime_error("buskin: cannot open " + lock_path + ": " + std::strerror(errno));
  if (::flock(fd, LOCK_EX | LOCK_NB) == 0 && has_name(fd, lock_path)) {
    return std::unique_ptr<StartLock>(new StartLock(fd));
  }
  ::close(fd);
  return nullptr;
}

StartLock::~StartLock() { ::close(fd_); }

}  // namespace buskin::runtime
