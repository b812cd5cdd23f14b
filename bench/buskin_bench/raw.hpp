// raw: what the machine needs, for every ratio: a cache line, and a futex, there and back.
//
// Two processes, each on a processor of its own, share one page. Nothing of ours
// is on the path.
#pragma once

#include <linux/futex.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <new>

#include "examples/support/histogram.hpp"
#include "shm/base/atomic.hpp"

namespace measured {

struct RawLines {
  alignas(128) buskin::shm::Atomic<std::uint32_t> ping;
  alignas(128) buskin::shm::Atomic<std::uint32_t> pong;
};

inline void pin(int cpu) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(static_cast<std::size_t>(cpu), &set);
  (void)sched_setaffinity(0, sizeof set, &set);
}

inline void spin_until(const buskin::shm::Atomic<std::uint32_t>& word, std::uint32_t value) {
  // Ends: the other process stores each value once it has seen the one before.
  // sync(raw): acquire. Pairs with the partner's store of this word.
  while (word.load_acquire() != value) __builtin_ia32_pause();
}

// The timeout only bounds a wait for a partner that was killed.
inline void sleep_until(const buskin::shm::Atomic<std::uint32_t>& word, std::uint32_t value) {
  const timespec second{1, 0};
  // Ends: the other process stores the value and wakes.
  // sync(raw): acquire. Pairs with the partner's store of this word.
  for (std::uint32_t seen = word.load_acquire(); seen != value; seen = word.load_acquire()) {
    syscall(SYS_futex, word.raw(), FUTEX_WAIT, seen, &second, nullptr, 0);
  }
}

inline void tell(buskin::shm::Atomic<std::uint32_t>& word, std::uint32_t value, bool asleep) {
  // sync(raw): release. The partner's acquire in spin_until or sleep_until.
  word.store_release(value);
  if (asleep) syscall(SYS_futex, word.raw(), FUTEX_WAKE, 1, nullptr, nullptr, 0);
}

/// Round trips between two processes; spinning, or each asleep until the other wakes it.
inline support::Histogram raw_round_trips(std::uint32_t rounds, bool asleep) {
  support::Histogram histogram;
  void* page = mmap(nullptr, sizeof(RawLines), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (page == MAP_FAILED) return histogram;
  auto* lines = new (page) RawLines;
  const auto wait = asleep ? &sleep_until : &spin_until;
  const pid_t partner = fork();
  if (partner == 0) {
    pin(1);
    for (std::uint32_t i = 1; i <= rounds; ++i) {
      wait(lines->ping, i);
      tell(lines->pong, i, asleep);
    }
    _exit(0);
  }
  if (partner > 0) {
    cpu_set_t before;
    (void)sched_getaffinity(0, sizeof before, &before);
    pin(0);
    for (std::uint32_t i = 1; i <= rounds; ++i) {
      const auto begin = std::chrono::steady_clock::now();
      tell(lines->ping, i, asleep);
      wait(lines->pong, i);
      histogram.record(static_cast<std::uint64_t>((std::chrono::steady_clock::now() - begin).count()));
    }
    (void)sched_setaffinity(0, sizeof before, &before);
    waitpid(partner, nullptr, 0);
  }
  munmap(page, sizeof(RawLines));
  return histogram;
}

}  // namespace measured
