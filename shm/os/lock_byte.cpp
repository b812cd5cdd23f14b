// lock_byte: an OFD write lock that is kept alive by a mapped page.
#include "shm/os/lock_byte.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "shm/os/limits.hpp"
#include "shm/os/lock_file.hpp"

namespace buskin::shm {

namespace {

constexpr std::size_t kPageBytes = 4'096;
constexpr int kTriesMax = 8;  // How often the lock file may be replaced while we take a byte of it.

struct flock lock_of(std::uint64_t byte) {
  struct flock lock {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  lock.l_start = static_cast<off_t>(byte);
  lock.l_len = 1;
  return lock;
}

/// Maps a page that keeps the open file, and with it the lock, alive. No thread ever touches the page.
void* hold_open(int fd) {
  void* const page = ::mmap(nullptr, kPageBytes, PROT_NONE, MAP_SHARED, fd, 0);
  if (page == MAP_FAILED) return nullptr;
  if (::madvise(page, kPageBytes, MADV_DONTFORK) == 0) return page;
  ::munmap(page, kPageBytes);
  return nullptr;
}

LockError system_error(const std::string& what, int code) {
  return {LockFault::System, what + ": " + limit_words(code)};
}

}  // namespace

Result<LockByte, LockError> LockByte::take(const std::string& path, std::uint64_t byte) {
  for (int tries = 0; tries < kTriesMax; ++tries) {
    const auto file = open_lock_file(path);
    if (!file.ok()) return Failure{LockError{LockFault::System, file.error().sentence}};
    const int fd = file.value();
    LockByte taken(hold_open(fd));
    struct flock lock = lock_of(byte);
    const bool is_locked = taken && ::fcntl(fd, F_OFD_SETLK, &lock) == 0;
    const int code = errno;
    const bool is_named = is_still_named(fd, path);
    ::close(fd);
    if (!is_locked && taken && (code == EAGAIN || code == EACCES)) return Failure{LockError{LockFault::Held, {}}};
    if (!is_locked) return Failure{system_error("cannot lock a byte of " + path, code)};
    if (is_named) return taken;
  }
  return Failure{LockError{LockFault::System, "cannot lock a byte of " + path + ": it is replaced all the time"}};
}

bool LockByte::is_held(const std::string& path, std::uint64_t byte) {
  const auto file = find_lock_file(path);
  if (!file.ok()) return !file.error().is_missing;
  struct flock lock = lock_of(byte);
  const bool is_known = ::fcntl(file.value(), F_OFD_GETLK, &lock) == 0;
  ::close(file.value());
  return !is_known || lock.l_type != F_UNLCK;
}

LockByte::LockByte(void* page) : page_(page), owner_(::getpid()) {}

LockByte::LockByte(LockByte&& other) noexcept
    : page_(std::exchange(other.page_, nullptr)), owner_(std::exchange(other.owner_, 0)) {}

LockByte& LockByte::operator=(LockByte&& other) noexcept {
  LockByte moved(std::move(other));
  std::swap(page_, moved.page_);
  std::swap(owner_, moved.owner_);
  return *this;
}

LockByte::~LockByte() {
  if (page_ != nullptr && owner_ == ::getpid()) ::munmap(page_, kPageBytes);
}

}  // namespace buskin::shm
