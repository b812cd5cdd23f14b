// Witness: a file beside the system in which all processes write what they saw. It is not under test.
//
//   source --> relay --path 0------------------------------> sink
//      |         +----path 1--> worker --------------------->|
//      |         +----path 2--> forwarder ------------------>|
//      |         +----path 3--> saver ---------------------->|
//      +--------------path 4, every kStraightEvery-th ------>|
//
// A cell is one word, so a writer that is killed leaves a whole one. Each has one writer at a time.
#pragma once

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <string>

#include "shm/base/atomic.hpp"
#include "shm/base/check.hpp"
#include "shm/base/clock.hpp"

namespace system_storm {

using buskin::shm::Atomic;

inline constexpr std::uint32_t kSources = 3;
inline constexpr std::uint32_t kPaths = 5;
inline constexpr std::uint32_t kWays = kSources * kPaths;
inline constexpr std::uint32_t kStraight = 4;
inline constexpr std::uint64_t kStraightEvery = 64;
inline constexpr std::uint32_t kTokens = 32;  ///< For each source.
/// How many numbers of a path are remembered: many times the number that can be on its way.
inline constexpr std::uint64_t kRemembered = 16'384;

/// A path carries every step_of(path)-th number.
constexpr std::uint64_t step_of(std::uint32_t path) { return path == kStraight ? kStraightEvery : 1; }
/// Paths whose actors may send a message again, with a flag. The other paths are exactly once.
constexpr bool may_repeat(std::uint32_t path) { return path >= 1 && path <= 3; }

enum class Phase : std::uint32_t { Kills, Stops, Resume, End };
inline constexpr std::size_t kPhases = 4;

/// Counts that clients and asking actors write.
struct Asks {
  Atomic<std::uint64_t> answered;
  Atomic<std::uint64_t> restarted;  ///< The answer was owed by a dead one; the reaper said so.
  Atomic<std::uint64_t> silent;     ///< Never answered: a fault.
  Atomic<std::uint64_t> strange;    ///< An error without a reason: a fault.
  Atomic<std::uint64_t> refused;    ///< There was no memory for the question, or for its answer.
};

struct Witness {
  struct Cell {
    std::uint64_t number;
    std::uint32_t first;  ///< Unflagged arrivals.
    std::uint32_t again;
  };

  std::array<std::array<std::array<Atomic<std::uint64_t>, kRemembered>, kPaths>, kSources> cells;
  std::array<Atomic<std::uint64_t>, kWays> last;  ///< The newest unflagged number.
  Atomic<std::uint64_t> lost, doubled, out_of_order, damaged;
  Atomic<std::uint64_t> handled, flagged, large, large_bytes, straight;
  Atomic<std::uint64_t> arrived_ns;  ///< When something last came to the sink.
  std::array<Atomic<std::uint64_t>, kPhases> worst_gap_ns;
  Atomic<std::uint32_t> phase;
  Asks client_asks, actor_asks;
  Atomic<std::uint64_t> started, not_started, children;  ///< Short-lived actors.
  Atomic<std::uint32_t> has_begun, shall_finish;

  /// The sink has the number.
  void note(std::uint32_t source, std::uint32_t path, std::uint64_t number, bool is_again) {
    const std::uint64_t at = number / step_of(path);
    Atomic<std::uint64_t>& word = cells[source][path][at % kRemembered];
    const Cell cell = unpack(word.load_relaxed());
    const bool is_same = cell.number == (at & kNumberMask);
    const bool is_successor = at <= kRemembered ? cell.number == 0 : cell.number == ((at - kRemembered) & kNumberMask);
    if (!is_same && !is_successor) lost.add_relaxed(1);
    Cell now = is_same ? cell : Cell{at & kNumberMask, 0, 0};
    std::uint32_t& count = is_again ? now.again : now.first;
    count = std::min(count + 1, kCountMax);
    if (now.first > 1) doubled.add_relaxed(1);
    word.store_relaxed(pack(now));
    Atomic<std::uint64_t>& newest = last[source * kPaths + path];
    if (!is_again && number <= newest.load_relaxed()) out_of_order.add_relaxed(1);
    newest.store_relaxed(std::max(newest.load_relaxed(), number));
    handled.add_relaxed(1);
    if (is_again) flagged.add_relaxed(1);
    note_time();
  }

 private:
  static constexpr std::uint32_t kCountMax = 255;
  static constexpr std::uint64_t kNumberMask = (std::uint64_t{1} << 48) - 1;
  static Cell unpack(std::uint64_t word) {
    return {word >> 16, static_cast<std::uint32_t>(word >> 8 & 255), static_cast<std::uint32_t>(word & 255)};
  }
  static std::uint64_t pack(const Cell& cell) {
    return cell.number << 16 | std::uint64_t{cell.first} << 8 | cell.again;
  }

  void note_time() {
    const std::uint64_t now = buskin::shm::now_ns();
    const std::uint64_t before = arrived_ns.load_relaxed();
    arrived_ns.store_relaxed(now);
    Atomic<std::uint64_t>& worst = worst_gap_ns[phase.load_relaxed() % kPhases];
    if (before != 0 && now - before > worst.load_relaxed()) worst.store_relaxed(now - before);
  }
};

/// Maps it, once in each process; the first process creates it.
inline Witness& witness_at(const std::string& path) {
  static Witness* mapped = nullptr;
  if (mapped != nullptr) return *mapped;
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  BUSKIN_CHECK(fd >= 0 && ::ftruncate(fd, sizeof(Witness)) == 0);
  void* const memory = ::mmap(nullptr, sizeof(Witness), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  BUSKIN_CHECK(memory != MAP_FAILED);
  ::close(fd);
  mapped = static_cast<Witness*>(memory);
  return *mapped;
}

}  // namespace system_storm
