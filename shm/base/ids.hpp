// Ids: the small numbers that name things in a segment, each a type of its own.
//
// An index into one table cannot be passed where another is meant. Handle
// counts 64-byte steps from the start of the segment, so 35 bits reach 2 TiB.
#pragma once

#include <cstddef>
#include <cstdint>

namespace buskin::shm {

inline constexpr std::size_t kCacheLineBytes = 64;

enum class Handle : std::uint64_t { None = 0 };        ///< A block: its offset / 64.
enum class ProcessIndex : std::uint32_t { None = 0 };  ///< Entry of the process table; 0 is never used.
enum class ThreadIndex : std::uint32_t { None = 0 };   ///< Thread record; 0 is never used.
enum class ActorIndex : std::uint32_t { None = 0 };    ///< Actor slot and mailbox; 0 is never used.
enum class TypeIndex : std::uint32_t { None = 0 };     ///< Row of the type table; 0 means untyped.
enum class UnitIndex : std::uint32_t {};               ///< 64 KiB of the data area.

template <class Id>
constexpr std::uint64_t to_bits(Id id) {
  return static_cast<std::uint64_t>(id);
}

/// The lanes of a mailbox, in the order in which they are served.
enum class Lane : std::uint8_t { Control = 0, Replies = 1, Messages = 2 };
inline constexpr std::size_t kLaneCount = 3;

/// An actor of this segment: never reused, because the generation grows.
struct ActorId {
  ActorIndex index{ActorIndex::None};
  std::uint32_t gen = 0;

  friend constexpr bool operator==(ActorId, ActorId) = default;
  constexpr std::uint64_t word() const { return to_bits(index) | std::uint64_t{gen} << 32; }
  static constexpr ActorId from_word(std::uint64_t word) {
    return {static_cast<ActorIndex>(word & 0xffff'ffff), static_cast<std::uint32_t>(word >> 32)};
  }
};

/// One life of an entry of the process table: a process, from when it joins until it has left or is repaired.
/// Its word says to which process a thread record, a claim or a role belongs; 0 for none.
struct MemberId {
  ProcessIndex index{ProcessIndex::None};
  std::uint32_t gen = 0;

  friend constexpr bool operator==(MemberId, MemberId) = default;
  constexpr std::uint64_t word() const { return to_bits(index) | std::uint64_t{gen} << 32; }
  static constexpr MemberId from_word(std::uint64_t word) {
    return {static_cast<ProcessIndex>(word & 0xffff'ffff), static_cast<std::uint32_t>(word >> 32)};
  }
};

}  // namespace buskin::shm
