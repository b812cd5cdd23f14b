// Memory: what each simulated thread sees of the others' stores, in the manner of C++11's weak memory.
//
// The real memory holds the newest value of each word. Beside it stands, for each Atomic that was touched, the
// history of its stores. A load may see any of them that the reader does not know to be overwritten: it
// knows what it has seen itself, and what those had seen with whom it has synchronised.
//
//   acquire      joins the clock that the store carries
//   release      gives the store its thread's clock; an RMW hands on the clock of what it replaced
//   RMW          sees the newest
//   seq_cst      a load sees the last seq_cst store to its word, or a newer one; the order of all seq_cst
//                operations is the one they run in. So of two threads that store and then look, one
//                sees the other only when all four are seq_cst.
//
// Not modelled: loads that see stores which have not run yet; a failed CAS that saw an old value (the instructions
// see the newest); fences (the project has none).
//
// Plain words are checked, not weakened: wrote() and read() of threads that have not synchronised are a race.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <random>
#include <unordered_map>
#include <vector>

namespace buskin::sim {

inline constexpr std::size_t kThreadsMax = 8;

/// How far each thread's time is known. A thread's own time is its own count of accesses.
using Clock = std::array<std::uint32_t, kThreadsMax>;

class Memory {
 public:
  /// So many of 8 loads that could see an old value see one.
  Memory(std::mt19937_64& random, std::uint32_t stale_of_8) : random_(random), stale_of_8_(stale_of_8) {}

  /// What a load by `thread` sees of a word whose newest value is `newest`.
  std::uint64_t load(std::size_t thread, const void* word, std::uint64_t newest, std::memory_order order);
  /// The value of a word that was copied beside the mapping; a word that was never an Atomic keeps its value.
  std::uint64_t peek(std::size_t thread, const void* word, std::uint64_t newest);
  void store(std::size_t thread, const void* word, std::uint64_t before, std::uint64_t after, std::memory_order order);
  /// A CAS that found another value than it expects.
  void failed(std::size_t thread, const void* word, std::uint64_t newest, std::memory_order order);
  /// An RMW that succeeded.
  void change(std::size_t thread, const void* word, std::uint64_t before, std::uint64_t after, std::memory_order order);

  /// `thread` learns all that `other` did and saw: the kernel told it that `other` is dead.
  void join(std::size_t thread, std::size_t other);

  /// Plain accesses. False when they race.
  bool wrote(std::size_t thread, const void* place);
  bool read(std::size_t thread, const void* place);

  /// Loads that saw an old value.
  std::uint64_t stale_count() const { return stale_; }

 private:
  struct Store {
    std::uint64_t value;
    bool is_seq_cst;
    Clock released;  // What an acquire of it learns.
    Clock seen_at;   // When each thread first saw it.
  };
  using History = std::vector<Store>;  // The newest at the back; never empty.

  struct Plain {
    std::size_t writer;
    std::uint32_t written_at;
    Clock read_at;
  };

  History& history_of(const void* word, std::uint64_t newest);
  void see(std::size_t thread, Store& store, std::memory_order order);
  bool knows(std::size_t thread, const Store& store) const;
  void append(std::size_t thread, History& history, const Store& store);

  std::mt19937_64& random_;
  std::uint32_t stale_of_8_;
  std::uint64_t stale_ = 0;
  std::array<Clock, kThreadsMax> clocks_{};
  std::unordered_map<const void*, History> histories_;
  std::unordered_map<const void*, Plain> plain_;
};

}  // namespace buskin::sim
