// SegmentTables: the tables of a mapped segment as typed rows, and its data area as blocks.
//
// This is the only way from an index or a handle to an address. A row may be touched when is_backed() says that
// its pages are there.
//
// A function that only looks takes a `const Segment&`: what it reaches through that is const, so that it
// cannot write, not even by mistake. Which party writes a word is said with its struct.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "shm/base/check.hpp"
#include "shm/segment/layout.hpp"

namespace buskin::shm {

class SegmentTables {
 public:
  const Layout& layout() const { return layout_; }

  Superblock& superblock() { return *reinterpret_cast<Superblock*>(data_); }
  const Superblock& superblock() const { return *reinterpret_cast<const Superblock*>(data_); }

  ProcessEntry& process(ProcessIndex index) { return rows<ProcessEntry>(Table::Processes)[to_bits(index)]; }
  const ProcessEntry& process(ProcessIndex index) const { return rows<ProcessEntry>(Table::Processes)[to_bits(index)]; }
  ThreadRecord& thread(ThreadIndex index) { return rows<ThreadRecord>(Table::Threads)[to_bits(index)]; }
  const ThreadRecord& thread(ThreadIndex index) const { return rows<ThreadRecord>(Table::Threads)[to_bits(index)]; }
  ActorRecord& actor(ActorIndex index) { return rows<ActorRecord>(Table::Actors)[to_bits(index)]; }
  const ActorRecord& actor(ActorIndex index) const { return rows<ActorRecord>(Table::Actors)[to_bits(index)]; }
  Mailbox& mailbox(ActorIndex index) { return actor(index).mailbox; }
  const Mailbox& mailbox(ActorIndex index) const { return actor(index).mailbox; }
  ActorSlot& slot(ActorIndex index) { return actor(index).slot; }
  const ActorSlot& slot(ActorIndex index) const { return actor(index).slot; }
  TypeRow& type(TypeIndex index) { return rows<TypeRow>(Table::Types)[to_bits(index)]; }
  const TypeRow& type(TypeIndex index) const { return rows<TypeRow>(Table::Types)[to_bits(index)]; }
  UnitRow& unit(UnitIndex index) { return rows<UnitRow>(Table::Units)[to_bits(index)]; }
  const UnitRow& unit(UnitIndex index) const { return rows<UnitRow>(Table::Units)[to_bits(index)]; }
  /// May the entry be touched? Each send asks. Threads: any. Cost: one shared word that hardly changes.
  bool is_backed(Table table, std::uint64_t index) const {
    BUSKIN_CHECK(has_backed_bits(table));
    if (index >= layout_.count_of(table)) return false;
    const Pieces pieces = pieces_of(table, index);
    for (std::uint64_t piece = pieces.first; piece <= pieces.last; ++piece) {
      // sync(backed): acquire. As in Segment::back_piece().
      const auto& word = rows<const Atomic<std::uint64_t>>(Table::Backed)[piece / 64];
      if ((word.load_acquire() & bit_of(piece)) == 0) return false;
    }
    return true;
  }

  /// The same for the first byte of an entry that begins with a piece, and is larger than one.
  bool is_begun(Table table, std::uint64_t index) const {
    if (index >= layout_.count_of(table)) return false;
    const std::uint64_t piece = pieces_of(table, index).first;
    // sync(backed): acquire. As above.
    return (rows<const Atomic<std::uint64_t>>(Table::Backed)[piece / 64].load_acquire() & bit_of(piece)) != 0;
  }

  /// A row of any other table; the caller knows the row's type, which may be only the start of it.
  template <class Row>
  Row& row(Table table, std::uint64_t index) {
    return *reinterpret_cast<Row*>(data_ + layout_.offset_of(table, index));
  }
  template <class Row>
  const Row& row(Table table, std::uint64_t index) const {
    return *reinterpret_cast<const Row*>(data_ + layout_.offset_of(table, index));
  }

  /// Requires a handle that is known to be good (allocated here, or found in a mailbox).
  BlockHeader& block(Handle handle) {
    return *reinterpret_cast<BlockHeader*>(data_ + to_bits(handle) * kCacheLineBytes);
  }
  const BlockHeader& block(Handle handle) const {
    return *reinterpret_cast<const BlockHeader*>(data_ + to_bits(handle) * kCacheLineBytes);
  }
  Handle handle_of(const void* block) const {
    return static_cast<Handle>(static_cast<std::uint64_t>(static_cast<const std::byte*>(block) - data_) /
                               kCacheLineBytes);
  }
  /// Does the handle point into the data area? Handles of other widths than 35 bits do not.
  bool in_data(Handle handle) const { return to_bits(handle) - first_handle_ < handles_count_; }
  UnitIndex unit_of(Handle handle) const {
    return static_cast<UnitIndex>((to_bits(handle) * kCacheLineBytes - data_offset_) / kPieceBytes);
  }
  std::byte* unit_data(UnitIndex unit) { return data_ + data_offset_ + to_bits(unit) * kPieceBytes; }
  const std::byte* unit_data(UnitIndex unit) const { return data_ + data_offset_ + to_bits(unit) * kPieceBytes; }

 protected:
  /// Requires a filled superblock at `data`, which stays there as long as this is used.
  explicit SegmentTables(std::byte* data)
      : data_(data), layout_(Layout::of(superblock().counts)), data_offset_(layout_.offset_of(Table::Data, 0)),
        first_handle_(data_offset_ / kCacheLineBytes),
        handles_count_(layout_.bytes_total / kCacheLineBytes - first_handle_) {
    for (std::size_t table = 0; table < kTableCount; ++table) starts_[table] = data_ + layout_.offset[table];
  }
  /// The tables that are moved from are null: a later use of them is a fault, or finds no entry.
  SegmentTables(SegmentTables&& other) noexcept { *this = std::move(other); }
  SegmentTables& operator=(SegmentTables&& other) noexcept {
    data_ = std::exchange(other.data_, nullptr);
    layout_ = std::exchange(other.layout_, {});
    data_offset_ = std::exchange(other.data_offset_, 0);
    first_handle_ = std::exchange(other.first_handle_, 0);
    handles_count_ = std::exchange(other.handles_count_, 0);
    starts_ = std::exchange(other.starts_, {});
    return *this;
  }
  ~SegmentTables() = default;

  /// Pieces of one entry, counted from the first table behind the backed bits.
  struct Pieces {
    std::uint64_t first;
    std::uint64_t last;
  };
  Pieces pieces_of(Table table, std::uint64_t index) const {
    const std::uint64_t begin = layout_.offset_of(table, index) - layout_.offset_of(Table::Processes, 0);
    return {begin / kPieceBytes, (begin + layout_.entry_bytes[static_cast<std::size_t>(table)] - 1) / kPieceBytes};
  }
  static constexpr std::uint64_t bit_of(std::uint64_t piece) { return std::uint64_t{1} << piece % 64; }
  /// The backed bits themselves are always there; units have a bit in their own word.
  static constexpr bool has_backed_bits(Table table) { return table != Table::Backed && table != Table::Data; }

  /// A table whose entries are whole rows. Its start is kept, because each message needs four of them.
  template <class Row>
  Row* rows(Table table) const {
    return reinterpret_cast<Row*>(starts_[static_cast<std::size_t>(table)]);
  }

 private:
  std::byte* data_ = nullptr;
  Layout layout_;
  std::uint64_t data_offset_ = 0;
  std::uint64_t first_handle_ = 0;  // The first handle of the data area.
  std::uint64_t handles_count_ = 0;
  std::array<std::byte*, kTableCount> starts_{};
};

}  // namespace buskin::shm
