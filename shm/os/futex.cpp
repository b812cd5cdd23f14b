// futex: the system call. It does not set FUTEX_PRIVATE_FLAG, because the word lies in shared memory.
#include "shm/os/futex.hpp"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <ctime>

namespace buskin::shm {

void futex_wait(const Atomic<std::uint32_t>& word, std::uint32_t expected, std::uint64_t deadline_ns) {
  constexpr std::uint64_t kSecond_ns = 1'000'000'000;
  const timespec deadline{static_cast<time_t>(deadline_ns / kSecond_ns), static_cast<long>(deadline_ns % kSecond_ns)};
  // The bitset form, because its deadline is a point in time and not a duration.
  // The caller looks at the word again, whatever this returns.
  (void)::syscall(SYS_futex, word.raw(), FUTEX_WAIT_BITSET, expected, &deadline, nullptr, FUTEX_BITSET_MATCH_ANY);
}

int futex_wake(const Atomic<std::uint32_t>& word, int count) {
  const long woken = ::syscall(SYS_futex, word.raw(), FUTEX_WAKE, count, nullptr, nullptr, 0);
  return woken < 0 ? 0 : static_cast<int>(woken);
}

}  // namespace buskin::shm
