// StartLock: takes the lock by flock(), then makes sure that the file still has its name.
#include "api/runtime/launch/start_lock.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>

namespace buskin::runtime {

namespace {

Descriptor open_lock_file(const std::string& path) {
  Descriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (file.fd() < 0) throw std::runtime_error("buskin: cannot open " + path + ": " + std::strerror(errno));
  return file;
}

void lock(int fd, const std::string& path) {
  while (::flock(fd, LOCK_EX) != 0) {
    if (errno != EINTR) throw std::runtime_error("buskin: cannot lock " + path + ": " + std::strerror(errno));
  }
}

bool has_name(int fd, const std::string& path) {
  struct stat open_file {};
  struct stat named_file {};
  return ::fstat(fd, &open_file) == 0 && ::stat(path.c_str(), &named_file) == 0 &&
         open_file.st_ino == named_file.st_ino && open_file.st_dev == named_file.st_dev;
}

}  // namespace

StartLock::StartLock(const std::string& lock_path) : path_(lock_path), file_(open_lock_file(lock_path)) {
  // Ends: each further turn follows the end of a system, which took the name from our file while we waited.
  for (;;) {
    lock(file_.fd(), lock_path);
    if (has_name(file_.fd(), lock_path)) return;
    file_ = open_lock_file(lock_path);
  }
}

std::unique_ptr<StartLock> StartLock::try_take(const std::string& lock_path) {
  Descriptor file = open_lock_file(lock_path);
  const bool is_ours = ::flock(file.fd(), LOCK_EX | LOCK_NB) == 0 && has_name(file.fd(), lock_path);
  return is_ours ? std::unique_ptr<StartLock>(new StartLock(lock_path, std::move(file))) : nullptr;
}

}  // namespace buskin::runtime
