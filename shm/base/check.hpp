// Check: stops the process when our own code is wrong.
//
// BUSKIN_CHECK is for programmer errors only; a failure that another process, the
// kernel or the network can cause is a Result. It stays on in release builds:
// a repair handles the death of a process, but nothing handles a process that
// goes on with a broken invariant.
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
