// Table words: the packed words of the journal, the unit table, the name table
// and the process table.
//
//   armed   kind:4 | lane:4 | index:32          which word commits the turn
//   entry   kind:4 | lane:4 | handle:35         first word of a journal entry
//   unit    state:4 | class:8 | backed:1 | life:19 | owner:32
//   name    tag:16 | index:24 | gen-low:23 | frozen:1
//   slot    gen:32 | state:8                    life of a process entry
#pragma once

#include <cstdint>

#include "shm/base/ids.hpp"

namespace buskin::shm {

/// Names the commit word of a turn. None means that no turn is armed.
enum class CommitKind : std::uint8_t {
  None = 0,
  Done = 1,      ///< `done` of lane `lane` of mailbox `index` has reached the value.
  State = 2,     ///< The saved-state version of actor `index` has.
  Received = 3,  ///< `received` of link `index` has.
  Hand = 4,      ///< hand.meta of mailbox `index` says Lost at that position.
  Reply = 5,     ///< Kept reply `index` is answered.
  Now = 6,       ///< Committed by being armed.
};

struct ArmedWord {
  CommitKind kind{};
  Lane lane{};
  std::uint32_t index = 0;

  constexpr std::uint64_t pack() const {
    return std::uint64_t{static_cast<std::uint8_t>(kind)} << 60 |
           std::uint64_t{static_cast<std::uint8_t>(lane)} << 56 | index;
  }
  static constexpr ArmedWord unpack(std::uint64_t word) {
    return {static_cast<CommitKind>(word >> 60), static_cast<Lane>(word >> 56 & 15),
            static_cast<std::uint32_t>(word)};
  }
};

enum class EntryKind : std::uint8_t { Send = 0, State = 1, Timer = 2, Create = 3, Share = 4 };

struct EntryWord {
  EntryKind kind{};
  Lane lane{};
  Handle handle{};

  constexpr std::uint64_t pack() const {
    return std::uint64_t{static_cast<std::uint8_t>(kind)} << 60 |
           std::uint64_t{static_cast<std::uint8_t>(lane)} << 56 | to_bits(handle);
  }
  static constexpr EntryWord unpack(std::uint64_t word) {
    return {static_cast<EntryKind>(word >> 60), static_cast<Lane>(word >> 56 & 15),
            static_cast<Handle>(word & ((std::uint64_t{1} << 35) - 1))};
  }
};

enum class UnitState : std::uint8_t {
  Free = 0,
  Taking = 1,     ///< Thread `owner` is claiming the unit.
  Span = 2,       ///< Head of a span of one size class; blocks allocated by thread `owner`.
  Orphan = 3,     ///< A span whose owner died; any thread record may adopt it.
  Run = 4,        ///< Head of a run of `owner` units that is one large block.
  Continued = 5,  ///< Belongs to the span or run whose head is unit `owner`.
  Releasing = 6,  ///< Thread `owner` is giving the span or run back.
};

/// `size_class` of a run: its one block is as large as its units.
inline constexpr std::uint8_t kRunClass = 255;

struct UnitWord {
  UnitState state{};
  std::uint8_t size_class = 0;
  bool backed = false;
  std::uint32_t owner = 0;  ///< Thread record; for Continued the head unit; for Run the number of units.
  std::uint32_t life = 0;   ///< 19 bits of a run's generation, or of its owner's stamps of spans: an old word does not
                            ///< fit a later run or span.

  static constexpr std::uint32_t kLifeMask = (1u << 19) - 1;

  constexpr std::uint64_t pack() const {
    return std::uint64_t{static_cast<std::uint8_t>(state)} << 60 | std::uint64_t{size_class} << 52 |
           std::uint64_t{backed} << 51 | std::uint64_t{life & kLifeMask} << 32 | owner;
  }
  static constexpr UnitWord unpack(std::uint64_t word) {
    return {static_cast<UnitState>(word >> 60), static_cast<std::uint8_t>(word >> 52),
            (word >> 51 & 1) != 0, static_cast<std::uint32_t>(word),
            static_cast<std::uint32_t>(word >> 32) & kLifeMask};
  }
};

/// Does a thread allocate, or may another one give its empty spans back (parked_heap.hpp)?
struct HeapUse {
  static constexpr std::uint64_t kBusy = 0;
  static constexpr std::uint64_t kParked = 1;
  static constexpr std::uint64_t kTaken = 2;  ///< Parked, and some of its spans may be gone.

  /// Parked, and searched by `thread`, for the `count`th time.
  static constexpr std::uint64_t searched(ThreadIndex thread, std::uint32_t count) {
    return std::uint64_t{count} << 32 | (to_bits(thread) + 3);
  }
};

struct NameWord {
  std::uint16_t tag = 0;
  ActorIndex index{};         ///< 24 bits; None with tag 0 is an empty cell.
  std::uint32_t gen_low = 0;  ///< 23 bits.
  bool frozen = false;        ///< The table is being copied: no name is put into the cell any more.

  static constexpr std::uint64_t kFrozenBit = 1;

  constexpr std::uint64_t pack() const {
    return std::uint64_t{tag} << 48 | (to_bits(index) & 0xff'ffff) << 24 |
           std::uint64_t{gen_low & 0x7f'ffff} << 1 | std::uint64_t{frozen};
  }
  static constexpr NameWord unpack(std::uint64_t word) {
    return {static_cast<std::uint16_t>(word >> 48),
            static_cast<ActorIndex>(word >> 24 & 0xff'ffff),
            static_cast<std::uint32_t>(word >> 1 & 0x7f'ffff), (word & 1) != 0};
  }
};

enum class ProcessState : std::uint8_t { Free = 0, Alive = 1, Dead = 2 };

struct ProcessWord {
  std::uint32_t gen = 0;
  ProcessState state{};

  constexpr std::uint64_t pack() const {
    return std::uint64_t{gen} << 32 | static_cast<std::uint8_t>(state);
  }
  static constexpr ProcessWord unpack(std::uint64_t word) {
    return {static_cast<std::uint32_t>(word >> 32), static_cast<ProcessState>(word & 0xff)};
  }
};

}  // namespace buskin::shm
