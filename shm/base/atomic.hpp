// Atomic<T>: the only door to std::atomic in this project.
//
// Three reasons for a door. Every order is part of the name, so none is there
// by default and each can be searched for. The type is checked to be lock-free,
// without which it does not work between processes. And simulated tests run
// the real algorithms under a schedule, and a memory, of their own (tests/sim).
//
// It lies in shared memory as it is: standard layout, one machine word.
//
// Floor: base. Includes the standard library only.
#pragma once

#include <atomic>
#include <cstdint>

namespace buskin::shm {

#ifdef BUSKIN_SIM
inline constexpr bool kIsSimulated = true;
// Defined by the simulation (tests/sim). interleave() may switch to another simulated thread; a load
// may see an older value than `newest`, which stands in memory; a failed CAS sees that.
void interleave();
std::uint64_t sim_load(const void* word, std::uint64_t newest, std::memory_order order);
void sim_failed(const void* word, std::uint64_t newest, std::memory_order order);
void sim_store(const void* word, std::uint64_t before, std::uint64_t after, std::memory_order order);
void sim_change(const void* word, std::uint64_t before, std::uint64_t after, std::memory_order order);
#else
inline constexpr bool kIsSimulated = false;
constexpr void interleave() {}
#endif

/// Keeps the compiler from moving stores across it. A killed thread leaves a prefix of its
/// program order, so this is all that two stores need which only a repairer tells apart.
/// Cost: no instruction.
inline void crash_order() { std::atomic_signal_fence(std::memory_order_seq_cst); }

template <class T>
class Atomic {
  static_assert(std::atomic<T>::is_always_lock_free,
                "a lock inside the atomic would be private to one process");

 public:
  constexpr Atomic() = default;
  constexpr explicit Atomic(T initial) : value_(initial) {}

  T load_relaxed() const { return load(std::memory_order_relaxed); }
  T load_acquire() const { return load(std::memory_order_acquire); }
  T load_seq_cst() const { return load(std::memory_order_seq_cst); }

  void store_relaxed(T desired) { store(desired, std::memory_order_relaxed); }
  void store_release(T desired) { store(desired, std::memory_order_release); }
  void store_seq_cst(T desired) { store(desired, std::memory_order_seq_cst); }

  /// Replaces `from` by `to`, or returns false and changes nothing.
  /// Never fails spuriously. A failed attempt orders nothing: look again.
  bool cas_relaxed(T from, T to) { return cas(from, to, std::memory_order_relaxed); }
  bool cas_acquire(T from, T to) { return cas(from, to, std::memory_order_acquire); }
  bool cas_release(T from, T to) { return cas(from, to, std::memory_order_release); }
  bool cas_acq_rel(T from, T to) { return cas(from, to, std::memory_order_acq_rel); }

  /// Replaces `seen` by `to`, or returns false with the present value, acquired, in `seen`.
  bool cas_seq_cst(T& seen, T to) {
    return cas(seen, to, std::memory_order_seq_cst, std::memory_order_acquire);
  }

  T exchange_seq_cst(T desired) {
    interleave();
    return changed(value_.exchange(desired, std::memory_order_seq_cst), desired, std::memory_order_seq_cst);
  }
  T add_relaxed(T amount) { return add(amount, std::memory_order_relaxed); }
  T add_seq_cst(T amount) { return add(amount, std::memory_order_seq_cst); }
  T or_seq_cst(T bits) {
    interleave();
    const T before = value_.fetch_or(bits, std::memory_order_seq_cst);
    return changed(before, before | bits, std::memory_order_seq_cst);
  }
  T and_seq_cst(T bits) { return clear(bits, std::memory_order_seq_cst); }
  T and_acq_rel(T bits) { return clear(bits, std::memory_order_acq_rel); }

  /// The machine word itself, for system calls (futex).
  const T* raw() const { return reinterpret_cast<const T*>(&value_); }

 private:
  T load(std::memory_order order) const {
    interleave();
    return seen(value_.load(order), order);
  }

  void store(T desired, std::memory_order order) {
    interleave();
    if constexpr (kIsSimulated) {
      sim_store(&value_, static_cast<std::uint64_t>(*raw()), static_cast<std::uint64_t>(desired), order);
    }
    value_.store(desired, order);
  }

  bool cas(T from, T to, std::memory_order on_success) {
    return cas(from, to, on_success, std::memory_order_relaxed);
  }

  bool cas(T& from, T to, std::memory_order on_success, std::memory_order on_failure) {
    interleave();
    [[maybe_unused]] const T expected = from;
    if (value_.compare_exchange_strong(from, to, on_success, on_failure)) {
      (void)changed(expected, to, on_success);
      return true;
    }
    if constexpr (kIsSimulated) sim_failed(&value_, static_cast<std::uint64_t>(from), on_failure);
    return false;
  }

  T add(T amount, std::memory_order order) {
    interleave();
    const T before = value_.fetch_add(amount, order);
    return changed(before, before + amount, order);
  }

  T clear(T bits, std::memory_order order) {
    interleave();
    const T before = value_.fetch_and(bits, order);
    return changed(before, before & bits, order);
  }

  /// For the simulation's memory; nothing otherwise.
  T seen(T newest, [[maybe_unused]] std::memory_order order) const {
    if constexpr (kIsSimulated) return static_cast<T>(sim_load(&value_, static_cast<std::uint64_t>(newest), order));
    return newest;
  }
  T changed(T before, [[maybe_unused]] T after, [[maybe_unused]] std::memory_order order) {
    if constexpr (kIsSimulated) {
      sim_change(&value_, static_cast<std::uint64_t>(before), static_cast<std::uint64_t>(after), order);
    }
    return before;
  }

  std::atomic<T> value_{};
};

}  // namespace buskin::shm
