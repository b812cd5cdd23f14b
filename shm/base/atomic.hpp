// Atomic<T>: the only door to std::atomic in this project.
//
// The door has three reasons. Every order is part of a function's name, so no
// order is a default and each can be searched for. The type is checked to be
// lock-free, because a lock would not work between processes. Simulated tests run
// the real algorithms under a schedule, and a memory, of their own (tests/sim).
//
// It lies in shared memory as it is: standard layout, one machine word.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace buskin::shm {

#ifdef BUSKIN_SIM
inline constexpr bool kIsSimulated = true;
/// Where an access stands in the source: the simulation can weaken the order of one.
struct Site {
  const char* file;
  int line;
  // std::source_location is made of these builtins; clang 14 lacks it with this standard library.
  static constexpr Site current(const char* file = __builtin_FILE(), int line = __builtin_LINE()) {
    return {file, line};
  }
};
// The simulation defines these (tests/sim). interleave() may switch to another simulated thread; a load
// may see an older value than `newest`, which stands in memory; a failed CAS sees `newest`.
void interleave();
std::uint64_t sim_load(const void* word, std::uint64_t newest, std::memory_order order, const Site& site);
/// Copies what a relaxed load of each word may see.
void sim_peek(const void* place, void* copied, std::size_t bytes);
void sim_failed(const void* word, std::uint64_t newest, std::memory_order order, const Site& site);
void sim_store(const void* word, std::uint64_t before, std::uint64_t after, std::memory_order order, const Site& site);
void sim_change(const void* word, std::uint64_t before, std::uint64_t after, std::memory_order order, const Site& site);
#else
inline constexpr bool kIsSimulated = false;
struct Site {
  static constexpr Site current() { return {}; }
};
constexpr void interleave() {}
#endif

/// Keeps the compiler from moving stores across it. A killed thread leaves a prefix of its program
/// order, so two stores need no more than this when only a repairer can see which came first.
/// Cost: no instruction.
#ifdef BUSKIN_NO_RECORDS
inline void crash_order() {}
#else
inline void crash_order() { std::atomic_signal_fence(std::memory_order_seq_cst); }
#endif

template <class T>
class Atomic {
  static_assert(std::atomic<T>::is_always_lock_free,
                "a lock inside the atomic would be private to one process");

 public:
  constexpr Atomic() = default;
  constexpr explicit Atomic(T initial) : value_(initial) {}

  T load_relaxed(Site at = Site::current()) const { return load(std::memory_order_relaxed, at); }
  T load_acquire(Site at = Site::current()) const { return load(std::memory_order_acquire, at); }
  T load_seq_cst(Site at = Site::current()) const { return load(std::memory_order_seq_cst, at); }

  void store_relaxed(T desired, Site at = Site::current()) { store(desired, std::memory_order_relaxed, at); }
  void store_release(T desired, Site at = Site::current()) { store(desired, std::memory_order_release, at); }
  void store_seq_cst(T desired, Site at = Site::current()) { store(desired, std::memory_order_seq_cst, at); }

  /// Replaces `from` by `to`, or returns false and changes nothing.
  /// Never fails spuriously. A failed attempt orders nothing: look again.
  bool cas_relaxed(T from, T to, Site at = Site::current()) { return cas(from, to, std::memory_order_relaxed, at); }
  bool cas_acquire(T from, T to, Site at = Site::current()) { return cas(from, to, std::memory_order_acquire, at); }
  bool cas_release(T from, T to, Site at = Site::current()) { return cas(from, to, std::memory_order_release, at); }
  bool cas_acq_rel(T from, T to, Site at = Site::current()) { return cas(from, to, std::memory_order_acq_rel, at); }

  /// Replaces `seen` by `to`, or returns false with the present value, acquired, in `seen`.
  bool cas_seq_cst(T& seen, T to, Site at = Site::current()) {
    return cas(seen, to, std::memory_order_seq_cst, std::memory_order_acquire, at);
  }

  T exchange_seq_cst(T desired, Site at = Site::current()) {
    interleave();
    return changed(value_.exchange(desired, std::memory_order_seq_cst), desired, std::memory_order_seq_cst, at);
  }
  T add_relaxed(T amount, Site at = Site::current()) { return add(amount, std::memory_order_relaxed, at); }
  T add_seq_cst(T amount, Site at = Site::current()) { return add(amount, std::memory_order_seq_cst, at); }
  T or_seq_cst(T bits, Site at = Site::current()) {
    interleave();
    const T before = value_.fetch_or(bits, std::memory_order_seq_cst);
    return changed(before, before | bits, std::memory_order_seq_cst, at);
  }
  T and_seq_cst(T bits, Site at = Site::current()) { return clear(bits, std::memory_order_seq_cst, at); }
  T and_acq_rel(T bits, Site at = Site::current()) { return clear(bits, std::memory_order_acq_rel, at); }

  /// The machine word itself, for system calls (futex).
  const T* raw() const { return reinterpret_cast<const T*>(&value_); }

 private:
  T load(std::memory_order order, [[maybe_unused]] Site at) const {
    interleave();
    const T newest = value_.load(order);
    if constexpr (kIsSimulated) return static_cast<T>(sim_load(&value_, wide(newest), order, at));
    return newest;
  }

  void store(T desired, std::memory_order order, [[maybe_unused]] Site at) {
    interleave();
    if constexpr (kIsSimulated) sim_store(&value_, wide(*raw()), wide(desired), order, at);
    value_.store(desired, order);
  }

  bool cas(T from, T to, std::memory_order on_success, Site at) {
    return cas(from, to, on_success, std::memory_order_relaxed, at);
  }

  bool cas(T& from, T to, std::memory_order on_success, std::memory_order on_failure, Site at) {
    interleave();
    const T expected = from;
    if (value_.compare_exchange_strong(from, to, on_success, on_failure)) {
      (void)changed(expected, to, on_success, at);
      return true;
    }
    if constexpr (kIsSimulated) sim_failed(&value_, wide(from), on_failure, at);
    return false;
  }

  T add(T amount, std::memory_order order, Site at) {
    interleave();
    const T before = value_.fetch_add(amount, order);
    return changed(before, before + amount, order, at);
  }

  T clear(T bits, std::memory_order order, Site at) {
    interleave();
    const T before = value_.fetch_and(bits, order);
    return changed(before, before & bits, order, at);
  }

  /// Reports the change to the simulation; does nothing in other builds.
  T changed(T before, [[maybe_unused]] T after, [[maybe_unused]] std::memory_order order, [[maybe_unused]] Site at) {
    if constexpr (kIsSimulated) sim_change(&value_, wide(before), wide(after), order, at);
    return before;
  }

  static constexpr std::uint64_t wide(T value) { return static_cast<std::uint64_t>(value); }

  std::atomic<T> value_{};
};

/// A word that every message writes and only a repairer reads. The bench compares with a build of the
/// same code in which stores to such a word do nothing (BUSKIN_NO_RECORDS); no process may be killed there.
#ifdef BUSKIN_NO_RECORDS
template <class T>
class RecordWord : public Atomic<T> {
 public:
  void store_relaxed(T) {}
  void store_release(T) {}
};
#else
template <class T>
using RecordWord = Atomic<T>;
#endif

}  // namespace buskin::shm
