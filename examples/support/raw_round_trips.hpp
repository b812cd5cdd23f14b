// raw_round_trips: how long the machine itself needs to carry a word to another process and back.
//
// A cache line or a futex travels there and back, with no code of Buskin on the path. Both processes share
// one page, and each has a processor of its own if there are two. Every other figure is read beside this one.
#pragma once

#include <linux/futex.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <new>
#include <vector>

#include "clock.hpp"
#include "histogram.hpp"

namespace support {

struct RawLines {
  alignas(128) std::atomic<std::uint32_t> ping{0};
  alignas(128) std::atomic<std::uint32_t> pong{0};
};

/// The first two processors that this thread may use, or the only one.
inline std::vector<int> two_processors() {
  cpu_set_t set;
  CPU_ZERO(&set);
  (void)sched_getaffinity(0, sizeof set, &set);
  std::vector<int> found;
  for (int cpu = 0; cpu < CPU_SETSIZE && found.size() < 2; ++cpu) {
    if (CPU_ISSET(static_cast<std::size_t>(cpu), &set)) found.push_back(cpu);
  }
  return found;
}

inline void pin(int cpu) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(static_cast<std::size_t>(cpu), &set);
  (void)sched_setaffinity(0, sizeof set, &set);
}

enum class RawWait : std::uint8_t { Spin, Sleep };

inline constexpr std::uint32_t kRawOver = ~std::uint32_t{0};
/// Bounds one measurement: on a machine that others use, a round trip lasts until the scheduler runs both sides.
inline constexpr std::uint64_t kRawMax_ns = 500'000'000;

/// Returns when the word is no longer `seen`. `alone`: both processes share one processor, where spinning would
/// only keep the other one from running.
inline std::uint32_t wait_for_change(const std::atomic<std::uint32_t>& word, std::uint32_t seen, RawWait how,
                                     bool alone) {
  const timespec second{1, 0};  // Bounds the wait for a partner that was killed.
  std::uint32_t now = word.load(std::memory_order_acquire);
  // Ends: the other process stores its next value once it has seen ours.
  while (now == seen) {
    if (how == RawWait::Sleep)
      syscall(SYS_futex, &word, FUTEX_WAIT, seen, &second, nullptr, 0);
    else if (alone)
      sched_yield();
    else
      __builtin_ia32_pause();
    now = word.load(std::memory_order_acquire);
  }
  return now;
}

inline void store_and_wake(std::atomic<std::uint32_t>& word, std::uint32_t value, RawWait how) {
  word.store(value, std::memory_order_release);
  if (how == RawWait::Sleep) syscall(SYS_futex, &word, FUTEX_WAKE, 1, nullptr, nullptr, 0);
}

/// Measures `rounds` round trips between two processes, or as many as fit into kRawMax_ns.
inline Histogram raw_round_trips(std::uint32_t rounds, RawWait how) {
  Histogram histogram;
  void* page = mmap(nullptr, sizeof(RawLines), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (page == MAP_FAILED) return histogram;
  auto* lines = new (page) RawLines;
  const std::vector<int> cpus = two_processors();
  const bool alone = cpus.size() < 2;
  const pid_t partner = fork();
  if (partner == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    pin(cpus.back());
    for (std::uint32_t seen = 0; seen != kRawOver;) {
      seen = wait_for_change(lines->ping, seen, how, alone);
      store_and_wake(lines->pong, seen, how);
    }
    _exit(0);
  }
  if (partner > 0) {
    cpu_set_t before;
    (void)sched_getaffinity(0, sizeof before, &before);
    pin(cpus.front());
    const std::uint64_t start = now_ns();
    for (std::uint32_t i = 1; i <= rounds && now_ns() - start < kRawMax_ns; ++i) {
      const std::uint64_t begin = now_ns();
      store_and_wake(lines->ping, i, how);
      (void)wait_for_change(lines->pong, i - 1, how, alone);
      histogram.record(now_ns() - begin);
    }
    store_and_wake(lines->ping, kRawOver, how);
    (void)sched_setaffinity(0, sizeof before, &before);
    waitpid(partner, nullptr, 0);
  }
  munmap(page, sizeof(RawLines));
  return histogram;
}

}  // namespace support
