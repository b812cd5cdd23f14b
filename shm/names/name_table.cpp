// name_table: a table keeps the root that it was made from; is_present() compares it with the present one.
#include "shm/names/name_table.hpp"

#include "shm/memory/evidence.hpp"

namespace buskin::shm {

namespace {

constexpr int kKeptMax = 64;  // Outgrown tables: each is at least twice as large as the one before.

SavedWord read_root(const Segment& segment) {
  // sync(names_root): seq_cst. The copy, before it counts; a thread that changed a cell looks here again.
  return SavedWord::unpack(segment.superblock().names_root.load_seq_cst());
}

void visit_outgrown(const Segment& segment, Handle at, const std::function<void(Handle)>& visit) {
  for (int i = 0; i < kKeptMax && is_names_block(segment, at); ++i) {
    visit(at);
    at = static_cast<Handle>(segment.block(at).sender.load_relaxed());  // relaxed: only the admin writes it.
  }
}

}  // namespace

NameTable::NameTable(const Segment& segment) : NameTable(segment, read_root(segment)) {}

NameTable::NameTable(const Segment& segment, SavedWord root) : segment_(&segment), root_(root) {
  if (root.handle == Handle::None) {
    cells_ = nullptr;
    count_ = segment.layout().count_of(Table::Names);
    return;
  }
  const BlockHeader& block = segment.block(root.handle);
  cells_ = reinterpret_cast<const NameCell*>(&block + 1);
  // relaxed: written before the word that led here.
  count_ = WhatWord::unpack(block.what.load_relaxed()).len / sizeof(NameCell);
}

const NameCell* NameTable::cell(std::uint64_t at) const {
  if (cells_ != nullptr) return cells_ + at;
  return segment_->is_backed(Table::Names, at) ? &segment_->row<NameCell>(Table::Names, at) : nullptr;
}

NameCell* NameTable::cell_in(Segment& segment, std::uint64_t at) const {
  if (root_.handle != Handle::None) return reinterpret_cast<NameCell*>(&segment.block(root_.handle) + 1) + at;
  return segment.is_backed(Table::Names, at) ? &segment.row<NameCell>(Table::Names, at) : nullptr;
}

Result<NameCell*, MemoryError> NameTable::back(Segment& segment, std::uint64_t at) const {
  if (cells_ == nullptr) {
    if (const auto backed = segment.back(Table::Names, at); !backed.ok()) return Failure{backed.error()};
  }
  return cell_in(segment, at);
}

std::uint64_t NameTable::empty() const {
  return NameWord{0, static_cast<ActorIndex>(root_.version & 0xff'ffff), 0, false}.pack();
}

bool NameTable::is_present() const { return read_root(*segment_).pack() == root_.pack(); }

bool is_names_block(const Segment& segment, Handle handle) {
  const OwnerWord own = OwnerWord::unpack(peek_own(segment, handle));
  return own.state == BlockState::Saved && own.id == 0;
}

void for_each_names_block(const Segment& segment, const std::function<void(Handle)>& visit) {
  const Superblock& superblock = segment.superblock();
  // relaxed: each handle that is found is tested.
  const SavedWord next = SavedWord::unpack(superblock.names_next.load_relaxed());
  for (const Handle named : {read_root(segment).handle, next.handle}) {
    if (!is_names_block(segment, named)) continue;
    visit_outgrown(segment, named, visit);
    // relaxed: as above. The former root is in no other word for a moment.
    visit_outgrown(segment, static_cast<Handle>(segment.block(named).next.load_relaxed()), visit);
  }
}

}  // namespace buskin::shm
