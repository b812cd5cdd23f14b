// Heap: where a thread takes message blocks from. It lies in private memory; its loss loses no block.
//
// An allocation is one store (own = HELD); a release is one store (own = FREE), by any
// thread. There is no shared free list, so no block can be half-linked. The span's owner
// meets freed blocks again when its cursor passes; blocks that it frees itself go
// through a small LIFO cache. Size classes: 64 .. 16K in spans of one unit,
// 24K .. 256K in spans of 16 units, above that a run of units per block.
//
// The usual case, a block from the cache and back into it, is here in the header;
// cursors, spans and runs are in heap.cpp.
//
// Source: Ralloc's rule that lists are hints; see docs/crash-safety.md.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "shm/base/crash_point.hpp"
#include "shm/base/memory_point.hpp"
#include "shm/base/result.hpp"
#include "shm/memory/parked_heap.hpp"
#include "shm/memory/reserve.hpp"
#include "shm/segment/segment.hpp"
#include "shm/segment/size_class.hpp"

namespace buskin::shm {

class Heap {
 public:
  Heap(Segment& segment, ThreadIndex thread);
  ~Heap();
  Heap(const Heap&) = delete;
  Heap& operator=(const Heap&) = delete;

  /// A block of at least `bytes` (header included), HELD by this thread; its other words are stale. A small one comes
  /// from the reserve when there is no other memory.
  /// Threads: only the one that has the record. Cost: about 5 ns; a fresh span some 10 us.
  Result<Handle, MemoryError> allocate(std::uint64_t bytes);

  /// Makes a block FREE that this process may free: HELD by it, or just completed from a mailbox.
  /// Not for envelopes or shared payloads: see drop() in multicast.hpp.
  void free(Handle handle);
  /// The same by a CAS from the exact owner word `own`. False when the block has another word by now: then
  /// nothing was done. For repairers, and for the thread that clears a last reference.
  bool free_exact(Handle handle, std::uint64_t own);

  /// This thread allocates nothing for a while: until it does, other threads may take its empty spans
  /// (parked_heap.hpp). Cost: a store, and an exchange at the next allocation.
  void park() {
    if (is_parked_) return;
    is_parked_ = true;
    park_heap(segment_.thread(thread_));
  }
  /// Ends that.
  void unpark();
  /// Parks unless it has so few units that they are missed by nobody. For a thread that may allocate again at once.
  void park_if_large() {
    if (units_ > kFewUnits) park();
  }

  /// What is allocated from here on is for this. Returns what it was for before.
  Purpose set_purpose(Purpose purpose) { return std::exchange(purpose_, purpose); }

  /// Blocks that the cursors have looked at so far; per block allocated it says what looking costs.
  std::uint64_t looked_count() const;

 private:
  static constexpr std::uint32_t kCacheMax = 64;
  static constexpr std::uint64_t kFewUnits = 2;

  /// Blocks of a class that this thread freed last. A hint: the cursor may have passed one since.
  struct Cache {
    std::uint32_t count = 0;
    std::array<Handle, kCacheMax> blocks{};

    void push(Handle handle) {
      if (count < kCacheMax) blocks[count++] = handle;
    }
  };
  struct State;  // Spans and cursors per class.

  bool hold(BlockHeader& block) const;
  Result<Handle, MemoryError> find(std::uint64_t bytes);
  void freed(Handle handle, std::uint64_t gen);
  void freed_elsewhere(Handle handle, std::uint64_t gen, UnitWord word);

  Segment& segment_;
  ThreadIndex thread_;
  Purpose purpose_ = Purpose::Ordinary;
  bool is_parked_ = false;
  std::uint64_t units_ = 0;  // Those that our spans have.
  std::unique_ptr<State> state_;
  // The unit word of our spans of one class, the last that was freed into, and its cache. One comparison
  // with it replaces several, and the processor predicts its result instead of waiting for the class.
  std::uint64_t recent_word_ = 0;
  Cache* recent_cache_ = nullptr;
  std::array<Cache, kClassCount> caches_{};
};

/// Size of the block that begins at `handle`, from the unit table. Header included.
std::uint64_t block_bytes(const Segment& segment, Handle handle);

/// Largest payload that one block can carry.
inline constexpr std::uint64_t kPayloadMax = (std::uint64_t{1} << 32) - 1;

/// FREE(g) -> HELD(T, g+1). No other thread allocates from our spans.
inline bool Heap::hold(BlockHeader& block) const {
  // sync(free_block): acquire. The thread that freed it is done with it.
  const OwnerWord own = OwnerWord::unpack(block.own.load_acquire());
  if (own.state != BlockState::Free) return false;
  // relaxed: the block is ours alone until it is sent.
  block.own.store_relaxed(OwnerWord::held(thread_, own.gen + 1).pack());
  crash_order();
  // crash(block_held): HELD(dead): the sweep of our spans frees it.
  crash_point("block_held");
  return true;
}

inline Result<Handle, MemoryError> Heap::allocate(std::uint64_t bytes) {
  if (is_memory_refused(MemoryPoint::Block)) return Failure{MemoryError::NoSpace};
  if (is_parked_) [[unlikely]] unpark();
  const std::size_t size_class = class_of(bytes);
  if (size_class != kClassCount) [[likely]] {
    Cache& cache = caches_[size_class];
    while (cache.count != 0) {
      const Handle handle = cache.blocks[--cache.count];
      if (hold(segment_.block(handle))) return handle;
    }
  }
  return find(bytes);
}

/// A block became FREE in generation `gen`: one of our own is remembered, a run goes back.
inline void Heap::freed(Handle handle, std::uint64_t gen) {
  // crash(block_freed): FREE; only the hint is missing, and the next thread that meets a run gives it back.
  crash_point("block_freed");
  // sync(unit): acquire. Only we make a unit a span of ours, so the word cannot say so by mistake.
  const std::uint64_t word = segment_.unit(segment_.unit_of(handle)).word.load_acquire();
  if (word == recent_word_) [[likely]] return recent_cache_->push(handle);
  freed_elsewhere(handle, gen, UnitWord::unpack(word));
}

inline void Heap::free(Handle handle) {
  BlockHeader& block = segment_.block(handle);
  // relaxed: ours to free, so no other thread changes it.
  const std::uint64_t gen = OwnerWord::unpack(block.own.load_relaxed()).gen;
  // sync(free_block): release. All we did with the block stands before it; its next holder acquires.
  block.own.store_release(OwnerWord::free(gen).pack());
  freed(handle, gen);
}

}  // namespace buskin::shm
