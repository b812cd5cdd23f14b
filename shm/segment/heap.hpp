// Heap: where a thread takes message blocks from. Private memory; losing it loses nothing.
//
// Alloc is one store (own = HELD), free is one store (own = FREE), by anybody.
// There is no shared free list, so nothing can be half-linked. The span's owner
// meets freed blocks again when its cursor passes; blocks it frees itself go
// through a small LIFO cache. Size classes: 64 .. 16K in spans of one unit,
// 24K .. 256K in spans of 16 units, above that a run of units per block.
//
// Source: Ralloc's rule that lists are hints; see docs/crash-safety.md.
// Floor: segment.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "shm/base/result.hpp"
#include "shm/segment/segment.hpp"

namespace buskin::shm {

class Heap {
 public:
  Heap(Segment& segment, ThreadIndex thread);
  ~Heap();
  Heap(const Heap&) = delete;
  Heap& operator=(const Heap&) = delete;

  /// A block of at least `bytes` (header included), HELD by this thread; its other words are stale.
  /// Threads: only the one that has the record. Cost: about 5 ns; a fresh span some 10 us.
  Result<Handle, MemoryError> allocate(std::uint64_t bytes);

  /// Makes a block FREE that this process may free: HELD by it, or just completed from a mailbox.
  /// Not for envelopes or shared payloads: see drop() in multicast.hpp.
  void free(Handle handle);
  /// The same by a CAS from the exact owner word `own`. False when the block has another by now: then
  /// nothing was done. For repairers, and for whoever cleared a last reference.
  bool free_exact(Handle handle, std::uint64_t own);

 private:
  struct State;  // Spans, cursors and caches per class.
  std::unique_ptr<State> state_;
};

/// Size of the block that begins at `handle`, from the unit table. Header included.
std::uint64_t block_bytes(const Segment& segment, Handle handle);

/// Largest payload that one block can carry.
inline constexpr std::uint64_t kPayloadMax = (std::uint64_t{1} << 32) - 1;

}  // namespace buskin::shm
