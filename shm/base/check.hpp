// CHECK: stops the process when our own code is wrong.
//
// For programmer errors only; anything another process, the kernel or the
// network can cause is a Result. CHECK stays on in release builds: a process
// that dies is an event the repair already handles, a process that goes on
// with a broken invariant is one nobody handles.
#pragma once

#include <cstdio>
#include <cstdlib>

namespace buskin::shm {

[[noreturn]] inline void check_failed(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "buskin: CHECK failed: %s (%s:%d)\n", condition, file, line);
  std::abort();
}

}  // namespace buskin::shm

#define BUSKIN_CHECK(condition)                                                        \
  do {                                                                                 \
    if (!(condition)) [[unlikely]]                                                     \
      ::buskin::shm::check_failed(#condition, __FILE__, __LINE__);                     \
  } while (false)
