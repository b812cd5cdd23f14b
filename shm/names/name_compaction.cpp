// name_compaction: freezes, copies and swings. The next admin can go on from any of the steps.
#include "shm/names/name_compaction.hpp"

#include <algorithm>
#include <bit>

#include "shm/base/crash_point.hpp"
#include "shm/actor/actors.hpp"
#include "shm/names/names.hpp"
#include "shm/names/name_table.hpp"

namespace buskin::shm {

namespace {

constexpr std::uint64_t kCellsLeast = 65'536;  // A fresh table has more, unless the table of the layout is smaller.
constexpr std::uint64_t kCellsPerName = 8;
static_assert(NameWord{0, {}, 0, true}.pack() == NameWord::kFrozenBit);

bool is_entry(std::uint64_t word) {
  const NameWord name = NameWord::unpack(word);
  return name.tag != 0 && name.index != ActorIndex::None;
}

/// After it no cell of the table changes any more, except by removals.
Result<Done, MemoryError> freeze(Segment& segment, const NameTable& old) {
  for (std::uint64_t at = 0; at < old.count(); ++at) {
    const auto cell = old.back(segment, at);
    if (!cell.ok()) return Failure{cell.error()};
    // sync(name_cell): seq_cst. After it no thread inserts here: the entries that we see now are all.
    cell.value()->or_seq_cst(NameWord::kFrozenBit);
    // crash(names_freezing): some cells frozen: the next admin goes on, or thaws them.
    if (at == old.count() / 2) crash_point("names_freezing");
  }
  return Done{};
}

void thaw(Segment& segment, const NameTable& old) {
  old.for_each([&](std::uint64_t at, const NameCell&) {
    // sync(name_cell): seq_cst. The threads that wait insert again.
    old.cell_in(segment, at)->and_seq_cst(~NameWord::kFrozenBit);
  });
}

std::uint64_t bytes_for(const Segment& segment, std::uint64_t names) {
  const std::uint64_t most = segment.layout().count_of(Table::Names);
  const std::uint64_t least = std::min(kCellsLeast, most);
  return std::clamp(std::bit_ceil(kCellsPerName * names), least, most) * sizeof(NameCell);
}

std::uint64_t bytes_of(const Segment& segment, Handle block) {
  // relaxed: a table's block, written before it was named.
  return WhatWord::unpack(segment.block(block).what.load_relaxed()).len;
}

/// A block that is large enough: the one that is kept, or a fresh one. It is named before it is SAVED.
Result<Handle, MemoryError> take_block(Thread& thread, SavedWord root, std::uint64_t bytes) {
  Segment& segment = thread.segment();
  Atomic<std::uint64_t>& next = segment.superblock().names_next;
  // relaxed: only the admin writes it.
  const Handle kept = SavedWord::unpack(next.load_relaxed()).handle;
  const bool is_kept = kept != root.handle && is_names_block(segment, kept);
  if (is_kept && bytes_of(segment, kept) >= bytes) return kept;
  const auto made = thread.heap().allocate(kHeaderBytes + bytes);
  if (!made.ok()) return made;
  BlockHeader& block = segment.block(made.value());
  // relaxed: ours; the word below leads to it.
  block.what.store_relaxed(WhatWord{static_cast<std::uint32_t>(bytes), TypeIndex::None, 0}.pack());
  block.next.store_relaxed(0);
  block.sender.store_relaxed(is_kept ? to_bits(kept) : 0);
  crash_order();
  if (is_kept && root.handle != Handle::None) {
    // relaxed: only the admin writes the headers of tables. The outgrown block hangs on the present one as
    //   well, because a death before the new one is SAVED frees that.
    Atomic<std::uint64_t>& outgrown = segment.block(root.handle).sender;
    segment.block(kept).sender.store_relaxed(outgrown.load_relaxed());
    crash_order();
    outgrown.store_relaxed(to_bits(kept));  // relaxed: as above.
    block.sender.store_relaxed(0);
    crash_order();
  }
  // relaxed: read by the next admin, in program order.
  next.store_relaxed(SavedWord{root.version + 1, made.value()}.pack());
  crash_order();
  // crash(names_block_named): HELD by a dead thread, and swept: names_next fits no table.
  crash_point("names_block_named");
  // relaxed: as above.
  const OwnerWord held = OwnerWord::unpack(block.own.load_relaxed());
  block.own.store_relaxed(OwnerWord{BlockState::Saved, 0, held.gen}.pack());
  crash_order();
  return made.value();
}

/// Takes a block for all entries of the table, to which none is added any more.
Result<Handle, MemoryError> freeze_and_take(Thread& thread, const NameTable& old) {
  const auto frozen = freeze(thread.segment(), old);
  if (!frozen.ok()) return Failure{frozen.error()};
  return take_block(thread, old.root(), bytes_for(thread.segment(), use_of_names(thread.segment()).names));
}

/// Puts an entry into the copy, which no other process sees before the swing.
void put(Segment& segment, const NameTable& copy, std::uint64_t entry, ActorIndex index) {
  const std::string name = text_of_name(segment, index);
  if (name.empty()) return;  // The actor ended meanwhile.
  const std::uint64_t hash = hash_of_name(name);
  for (std::uint64_t step = 0; step < copy.count(); ++step) {
    NameCell& cell = *copy.cell_in(segment, (hash + step) % copy.count());
    // relaxed: only we write it.
    if (cell.load_relaxed() != copy.empty()) continue;
    // sync(name_cell): release. As in copy_names().
    return cell.store_release(entry);
  }
}

void copy_names(Segment& segment, const NameTable& old, const NameTable& copy) {
  for (std::uint64_t at = 0; at < copy.count(); ++at) {
    // sync(name_cell): release. A late thread may read here a table that was the root once: if it sees this
    //   store, it also sees that the table is not the root any more.
    copy.cell_in(segment, at)->store_release(copy.empty());
  }
  // crash(names_cleared): all frozen, names_next set: the next admin copies again.
  crash_point("names_cleared");
  for (std::uint64_t at = 0; at < old.count(); ++at) {
    // sync(name_cell): acquire. The actor of the entry, and its text.
    const std::uint64_t word = old.cell(at)->load_acquire() & ~NameWord::kFrozenBit;
    if (!is_entry(word) || holder_of_entry(segment, word).index == ActorIndex::None) continue;
    put(segment, copy, word, NameWord::unpack(word).index);
  }
}

/// Removes the names that were removed from the old table while they were copied.
void delete_gone(Segment& segment) {
  const NameTable present(segment);
  present.for_each([&](std::uint64_t at, const NameCell& cell) {
    // sync(name_cell): acquire. As in copy_names().
    const std::uint64_t word = cell.load_acquire();
    if (!is_entry(word) || holder_of_entry(segment, word).index != ActorIndex::None) return;
    const NameWord tombstone{NameWord::unpack(word).tag, ActorIndex::None, 0, (word & NameWord::kFrozenBit) != 0};
    // sync(name_cell): acq_rel. Its remover may be here, too.
    (void)present.cell_in(segment, at)->cas_acq_rel(word, tombstone.pack());
  });
}

/// After the swing the former root is kept for the next time.
void keep_former_table(Segment& segment) {
  const NameTable present(segment);
  if (present.root().handle == Handle::None) return;
  Atomic<std::uint64_t>& next = segment.superblock().names_next;
  // relaxed: only the admin writes these.
  if (SavedWord::unpack(next.load_relaxed()).handle != present.root().handle) return;
  const auto former = static_cast<Handle>(segment.block(present.root().handle).next.load_relaxed());
  next.store_relaxed(SavedWord{present.root().version, former}.pack());  // relaxed: as above.
}

}  // namespace

NamesUse use_of_names(const Segment& segment) {
  const NameTable present(segment);
  NamesUse use;
  use.cells = present.count();
  present.for_each([&](std::uint64_t, const NameCell& cell) {
    // sync(name_cell): acquire. As in copy_names().
    const std::uint64_t word = cell.load_acquire();
    use.is_frozen = use.is_frozen || (word & NameWord::kFrozenBit) != 0;
    if (NameWord::unpack(word).tag == 0) return;
    const bool is_alive = is_entry(word) && holder_of_entry(segment, word).index != ActorIndex::None;
    ++(is_alive ? use.names : use.tombstones);
  });
  return use;
}

Result<Done, MemoryError> compact_names(Thread& thread) {
  Segment& segment = thread.segment();
  keep_former_table(segment);
  const NameTable old(segment);
  const auto block = freeze_and_take(thread, old);
  if (!block.ok()) {
    thaw(segment, old);
    return Failure{block.error()};
  }
  const SavedWord swung{old.root().version + 1, block.value()};
  // relaxed: a table of ours; see name_table.hpp.
  segment.block(block.value()).next.store_relaxed(to_bits(old.root().handle));
  segment.superblock().names_next.store_relaxed(swung.pack());
  crash_order();
  copy_names(segment, old, NameTable(segment, swung));
  // crash(names_copied): the old table counts: the next admin copies again.
  crash_point("names_copied");
  // sync(names_root): seq_cst. The copy counts from here on. A thread that changed a cell of the old one looks
  //   here after it; we look at its actor after this.
  segment.superblock().names_root.store_seq_cst(swung.pack());
  // crash(names_swung): the copy counts; the next admin keeps the old table.
  crash_point("names_swung");
  delete_gone(segment);
  keep_former_table(segment);
  return Done{};
}

void resume_names(Thread& thread) {
  Segment& segment = thread.segment();
  keep_former_table(segment);
  delete_gone(segment);
  if (use_of_names(segment).is_frozen) (void)compact_names(thread);
}

}  // namespace buskin::shm
