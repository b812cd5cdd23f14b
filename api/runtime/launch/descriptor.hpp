// Descriptor: a file descriptor that is closed with its owner.
#pragma once

#include <unistd.h>

#include <cerrno>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "shm/base/check.hpp"
#include "shm/os/limits.hpp"

namespace buskin::runtime {

/// Writes `text` in one call. False when not all of it was written. May be called in a child between fork and exec.
inline bool write_text(int fd, std::string_view text) {
  return ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
}

class Descriptor {
 public:
  /// Negative for none.
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Descriptor() {
    if (fd_ < 0) return;
    // A descriptor that is not open was closed by other code of ours, which may have closed a newer file as well.
    const bool is_ours = ::close(fd_) == 0 || errno != EBADF;
    BUSKIN_CHECK(is_ours);
  }
  int fd() const { return fd_; }
  /// The descriptor is the caller's from now on.
  int release() && { return std::exchange(fd_, -1); }
  /// Writes `text` in one call. False when there is no file, or it took only a part.
  bool write(std::string_view text) const { return write_text(fd_, text); }

 private:
  int fd_;
};

/// `fd`, which a system call has just returned. Throws std::runtime_error when it is negative: the sentence says what
/// could not be opened, and which limit this process has reached.
inline int checked_descriptor(int fd, const char* what) {
  if (fd < 0) throw std::runtime_error(std::string("buskin: cannot open ") + what + ": " + shm::limit_words(errno));
  return fd;
}

}  // namespace buskin::runtime
