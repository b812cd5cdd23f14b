// Layout: where each table lies, computed from the counts alone.
//
//   superblock | backed bits | processes | threads | types | links | replies |
//   faults | names | ready maps | units | actors | logs | data
//
// Every table starts on a 64 KiB piece. Tables are sparse: a piece is reserved
// by fallocate before a thread touches it, and its backed bit says so.
//
// A ready map (one per process) is a 64-ary tree of bits, summaries first:
//   level 3: 1 word | level 2: 64 words | level 1: 4096 words | leaves
// cut to what `ready_bits` needs. The bits belong to one process, so they are dense from bit 0.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "shm/segment/actor_record.hpp"
#include "shm/segment/block.hpp"
#include "shm/segment/process_entry.hpp"
#include "shm/segment/small_tables.hpp"
#include "shm/segment/superblock.hpp"
#include "shm/segment/thread_record.hpp"

namespace buskin::shm {

inline constexpr std::uint64_t kPieceBytes = 65'536;  ///< Step of backing, and size of a unit.

enum class Table : std::uint8_t {
  Backed, Processes, Threads, Types, Links, Replies, Faults, Names, Ready, Units, Actors, Logs, Data,
};
inline constexpr std::size_t kTableCount = 13;

/// Entries of Table::Logs, a piece each, that make up the ring of lines of one process. They are backed one by one.
inline constexpr std::uint64_t kLogPieces = 2;

inline constexpr std::size_t kReadyLevels = 4;
/// Words of each level of a ready map that are laid out before the leaves.
inline constexpr std::array<std::uint32_t, kReadyLevels> kReadyLevelWords = {1, 64, 4'096, 0};
inline constexpr std::uint64_t kReadySummaryBytes = (1 + 64 + 4'096) * 8 + 56;  // Leaves start on a line.

constexpr std::uint64_t round_up(std::uint64_t value, std::uint64_t step) {
  return (value + step - 1) / step * step;
}

struct Layout {
  std::array<std::uint64_t, kTableCount> offset{};
  std::array<std::uint64_t, kTableCount> entry_bytes{};
  std::array<std::uint64_t, kTableCount> count{};
  std::uint64_t bytes_total = 0;
  std::uint64_t reserve_units = 0;  ///< The first units of the data; see reserve_layout.hpp.

  static constexpr Layout of(const TableCounts& counts);

  constexpr std::uint64_t offset_of(Table table, std::uint64_t index) const {
    const auto t = static_cast<std::size_t>(table);
    return offset[t] + entry_bytes[t] * index;
  }
  constexpr std::uint64_t count_of(Table table) const {
    return count[static_cast<std::size_t>(table)];
  }
};

constexpr Layout Layout::of(const TableCounts& counts) {
  Layout layout;
  const auto names = std::uint64_t{2} * counts.actors;
  const std::uint64_t ready = round_up(
      kReadySummaryBytes + round_up(counts.ready_bits, 64) / 8, kCacheLineBytes);
  const std::array<std::array<std::uint64_t, 2>, kTableCount> shapes = {{
      {8, 0},  // Backed bits; counted below.
      {sizeof(ProcessEntry), counts.processes},
      {sizeof(ThreadRecord), counts.threads},
      {sizeof(TypeRow), counts.types},
      {sizeof(LinkRow), counts.links},
      {sizeof(ReplyRow), counts.replies},
      {sizeof(FaultRow), counts.faults},
      {8, names},
      {round_up(ready, kPieceBytes), counts.processes},
      {sizeof(UnitRow), counts.units},
      {sizeof(ActorRecord), counts.actors},
      {kPieceBytes, kLogPieces * counts.processes},
      {kPieceBytes, counts.units},
  }};
  std::uint64_t tables_bytes = 0;  // All but the backed bits and the data: they say how many backed bits there are.
  for (std::size_t t = 1; t + 1 < kTableCount; ++t) {
    tables_bytes += round_up(shapes[t][0] * shapes[t][1], kPieceBytes);
  }
  const std::uint64_t backed_words = tables_bytes / kPieceBytes / 64 + 2;

  std::uint64_t at = 4'096;
  for (std::size_t t = 0; t < kTableCount; ++t) {
    layout.entry_bytes[t] = shapes[t][0];
    layout.count[t] = t == 0 ? backed_words : shapes[t][1];
    layout.offset[t] = at;
    at = round_up(at + layout.entry_bytes[t] * layout.count[t], kPieceBytes);
  }
  layout.bytes_total = at;
  layout.reserve_units = counts.reserve_units;
  return layout;
}

/// The tables whose first piece is backed when a segment is created: all but the data, and the ready maps
/// and logs, which their processes reserve.
inline constexpr std::array kTablesAtFirst = {Table::Processes, Table::Threads, Table::Types,
                                              Table::Links,     Table::Replies, Table::Faults,
                                              Table::Names,     Table::Units,   Table::Actors};
inline constexpr std::uint64_t kFirstDataBytes = std::uint64_t{1} << 20;  ///< One span of the largest class.

/// What a system needs to start: the first pieces, the reserve, and a little data.
constexpr std::uint64_t bytes_at_first(const Layout& layout) {
  const std::uint64_t reserve = layout.reserve_units * kPieceBytes;
  const std::uint64_t data = layout.count_of(Table::Data) * kPieceBytes - reserve;
  return layout.offset_of(Table::Processes, 0) + kTablesAtFirst.size() * kPieceBytes + reserve +
         (data < kFirstDataBytes ? data : kFirstDataBytes);
}

/// FNV-1a over the size and the places of everything that two builds must agree on.
constexpr std::uint64_t layout_hash() {
  const std::array<std::uint64_t, 31> facts = {
      kLayoutVersion, sizeof(Superblock), offsetof(Superblock, counts), sizeof(TableCounts),
      offsetof(Superblock, admin),
      offsetof(Superblock, counters), sizeof(ProcessEntry), offsetof(ProcessEntry, title),
      sizeof(ThreadRecord), offsetof(ThreadRecord, journal), offsetof(ThreadRecord, run),
      offsetof(ThreadRecord, fault), offsetof(ThreadRecord, filter), offsetof(ThreadRecord, counters),
      kInlineEntries, sizeof(ActorRecord), offsetof(ActorSlot, saved), offsetof(ActorSlot, spec),
      offsetof(Mailbox, life), offsetof(Mailbox, lanes),
      offsetof(Mailbox, bytes), offsetof(Mailbox, bytes_taken), offsetof(Mailbox, running_since_ns),
      offsetof(ActorSlot, restart_due_ns), sizeof(BlockHeader), sizeof(BlockExtension),
      sizeof(BlockLongExtension), sizeof(TypeRow) + sizeof(LinkRow) + sizeof(ReplyRow), kPieceBytes,
      offsetof(ProcessEntry, log_bell), kLogPieces};
  std::uint64_t hash = 0xcbf2'9ce4'8422'2325;
  for (const std::uint64_t fact : facts) {
    for (int shift = 0; shift < 64; shift += 8) {
      hash = (hash ^ (fact >> shift & 0xff)) * 0x100'0000'01b3;
    }
  }
  return hash;
}

}  // namespace buskin::shm
