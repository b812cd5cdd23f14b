// TypeRegistry: the message types of a segment as this process knows them. It finds them without a lock.
//
// It keeps two caches of the segment's type table, which only grows. It looks up a type there once.
//
//   by id     one word per slot: high bits of the id, and the row
//   by row    pointers to the copy of a row, in chunks that are made at first use
#pragma once

#include <array>
#include <memory>
#include <string>

#include "buskin/detail/message_info.hpp"
#include "buskin/error.hpp"
#include "shm/memory/thread.hpp"
#include "shm/segment/segment.hpp"

namespace buskin::runtime {

/// Finds or adds the message type in the segment's table. None when the table is full, or another type has this
/// hash. Threads: any. Cost: a search of that table, which grows with the number of types.
shm::TypeIndex register_message(shm::Segment& segment, const detail::MessageInfo& info);
/// The same for one thread, which remembers the row. Cost: a comparison, after its first search.
shm::TypeIndex register_message(shm::Thread& thread, const detail::MessageInfo& info);

/// `own` is a message of this program that another one has built from another schema.
Error other_schema(const detail::MessageInfo& own, std::uint64_t theirs);

/// Threads: any.
class TypeRegistry {
 public:
  explicit TypeRegistry(shm::Segment& segment) : segment_(&segment) {}
  ~TypeRegistry();
  TypeRegistry(const TypeRegistry&) = delete;
  TypeRegistry& operator=(const TypeRegistry&) = delete;

  /// None when the type table is full, or another type has this hash.
  shm::TypeIndex index_of(const detail::MessageInfo& info) {
    // sync(type_slot): acquire. The row that the word names is complete; we compare its id below.
    const std::uint64_t word = slot_of(info.id).load_acquire();
    const auto index = static_cast<shm::TypeIndex>(word & kRowMask);
    if ((word & ~kRowMask) == (info.id & ~kRowMask)) [[likely]] {
      const detail::MessageInfo& known = info_of(index);
      if (known.id == info.id && known.schema == info.schema) [[likely]] return index;
    }
    return look_up(info);
  }

  /// Why index_of() gave None.
  Error refusal_of(const detail::MessageInfo& info) const;

  /// Valid as long as the registry. The id is 0 when the row is not a type.
  const detail::MessageInfo& info_of(shm::TypeIndex index) {
    const auto row = static_cast<std::size_t>(index);
    if (row < kRowsMax) {
      // sync(type_chunk): acquire. The cells of a chunk that we see are made.
      if (Chunk* const chunk = chunks_[row / kChunkRows].load_acquire(); chunk != nullptr) {
        // sync(type_known): acquire. A row that we see there is complete.
        if (const Known* const known = (*chunk)[row % kChunkRows].load_acquire(); known != nullptr) return known->info;
      }
    }
    return read_row(index);
  }

 private:
  struct Known {
    std::string name;
    detail::MessageInfo info{};
  };
  static constexpr std::uint64_t kRowMask = 0xff'ffff;
  static constexpr std::size_t kSlots = 1'024;
  static constexpr std::size_t kChunkRows = 256;
  static constexpr std::size_t kChunks = 256;
  static constexpr std::size_t kRowsMax = kChunkRows * kChunks;
  using Chunk = std::array<shm::Atomic<Known*>, kChunkRows>;

  shm::Atomic<std::uint64_t>& slot_of(std::uint64_t id) { return slots_[id % kSlots]; }
  shm::TypeIndex look_up(const detail::MessageInfo& info);
  const detail::MessageInfo& read_row(shm::TypeIndex index);
  Chunk& chunk_of(std::size_t row);

  shm::Segment* segment_;
  std::array<shm::Atomic<std::uint64_t>, kSlots> slots_{};
  std::array<shm::Atomic<Chunk*>, kChunks> chunks_{};
};

}  // namespace buskin::runtime
