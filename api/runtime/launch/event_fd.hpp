// EventFd: a counter of the kernel by which one thread ends another one's poll().
#pragma once

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>

#include "api/runtime/launch/descriptor.hpp"
#include "shm/base/check.hpp"

namespace buskin::runtime {

class EventFd {
 public:
  /// Readable from the beginning when `count` is not 0. Throws std::runtime_error with a sentence when this process
  /// has no descriptor left.
  explicit EventFd(unsigned count = 0)
      : fd_(checked_descriptor(::eventfd(count, EFD_CLOEXEC | EFD_NONBLOCK), "an eventfd")) {}

  /// From now on fd() is readable. Any thread.
  void add() {
    const std::uint64_t one = 1;
    BUSKIN_CHECK(::write(fd_.fd(), &one, sizeof one) == sizeof one);  // It fails only when the count is full.
  }
  /// fd() is not readable any more, until the next add().
  void clear() {
    std::uint64_t count = 0;
    BUSKIN_CHECK(::read(fd_.fd(), &count, sizeof count) == sizeof count || errno == EAGAIN);
  }
  int fd() const { return fd_.fd(); }

 private:
  Descriptor fd_;
};

}  // namespace buskin::runtime
