// StartLock: takes the lock by flock(), then makes sure that the file still has its name.
#include "api/runtime/launch/start_lock.hpp"

#include <fcntl.h>
#include <sys/file.h>

#include <cerrno>
#include <stdexcept>

#include "shm/os/limits.hpp"
#include "shm/os/lock_file.hpp"

namespace buskin::runtime {

namespace {

Descriptor open_file(const std::string& path) {
  const auto file = shm::open_lock_file(path);
  if (!file.ok()) throw std::runtime_error("buskin: " + file.error().sentence);
  return Descriptor(file.value());
}

void lock(int fd, const std::string& path) {
  while (::flock(fd, LOCK_EX) != 0) {
    if (errno != EINTR) throw std::runtime_error("buskin: cannot lock " + path + ": " + shm::limit_words(errno));
  }
}

}  // namespace

StartLock::StartLock(const std::string& lock_path) : path_(lock_path), file_(open_file(lock_path)) {
  // Ends: each further turn follows the end of a system, which took the name from our file while we waited.
  for (;;) {
    lock(file_.fd(), lock_path);
    if (shm::is_still_named(file_.fd(), lock_path)) return;
    file_ = open_file(lock_path);
  }
}

std::unique_ptr<StartLock> StartLock::try_take(const std::string& lock_path) {
  Descriptor file = open_file(lock_path);
  const bool is_ours = ::flock(file.fd(), LOCK_EX | LOCK_NB) == 0 && shm::is_still_named(file.fd(), lock_path);
  return is_ours ? std::unique_ptr<StartLock>(new StartLock(lock_path, std::move(file))) : nullptr;
}

}  // namespace buskin::runtime
