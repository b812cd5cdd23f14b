// names: insert, find and remove in one table of words. A cell is never emptied again: a removed name
// leaves a tombstone, so the first empty cell of a name's way is the same for all threads that insert it.
#include "shm/names/names.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <span>
#include <thread>

#include "shm/base/clock.hpp"
#include "shm/base/crash_point.hpp"
#include "shm/actor/actors.hpp"
#include "shm/memory/multicast.hpp"
#include "shm/names/name_table.hpp"

namespace buskin::shm {

namespace {

constexpr std::size_t kNameBytesMax = 128;
constexpr std::uint64_t kProbesMax = 4'096;  // Cells on a name's way. A table that is half full needs some tens.
constexpr int kYields = 1'000;  // Looks at a table that is being copied, before a thread pauses between them.
constexpr auto kPause = std::chrono::microseconds(50);

bool is_good(std::string_view name) {
  return !name.empty() && name.size() <= kNameBytesMax && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("._-/:").find(c) != std::string_view::npos;
  });
}

/// A name's way through the table: where it begins, how long it is, and the tag in its cells.
struct Way {
  Way(const NameTable& table, std::string_view name)
      : hash(hash_of_name(name)),
        count(table.count()),
        cells(std::min(count, kProbesMax)),
        tag(std::max<std::uint16_t>(static_cast<std::uint16_t>(hash >> 48), 1)) {}

  std::uint64_t cell(std::uint64_t step) const { return (hash + step) % count; }

  std::uint64_t hash;
  std::uint64_t count;
  std::uint64_t cells;
  std::uint16_t tag;  // Not 0, so that a tombstone differs from an empty cell.
};

std::uint64_t entry_word(const Way& way, ActorId id) { return NameWord{way.tag, id.index, id.gen, false}.pack(); }

bool is_empty(std::uint64_t word) { return NameWord::unpack(word).tag == 0; }

/// The actor that has `name` by this cell; None when the cell is about another name.
ActorId holder_of_name(const Segment& segment, std::uint64_t word, const Way& way, std::string_view name) {
  if (NameWord::unpack(word).tag != way.tag) return {};
  const ActorId holder = holder_of_entry(segment, word);
  if (holder.index == ActorIndex::None || text_of_name(segment, holder.index) != name) return {};
  return holder;
}

/// Writes the text and gives it to the slot. The slot names the block before its owner word says SAVED:
/// a death between leaves it to the sweep.
Result<Done, MemoryError> save_text(Thread& thread, ActorId id, std::string_view name) {
  const auto made = thread.heap().allocate(kHeaderBytes + name.size());
  if (!made.ok()) return Failure{made.error()};
  BlockHeader& block = thread.segment().block(made.value());
  // relaxed: ours since the allocation.
  block.what.store_relaxed(WhatWord{static_cast<std::uint32_t>(name.size()), TypeIndex::None, 0}.pack());
  std::copy(name.begin(), name.end(), reinterpret_cast<char*>(&block + 1));
  // sync(name_text): release. The text stands before the word that leads to it.
  thread.segment().slot(id.index).name.store_release(to_bits(made.value()));
  crash_order();
  // crash(name_saving): the block is HELD by a dead thread and is swept.
  crash_point("name_saving");
  // relaxed: published with the cell.
  const OwnerWord held = OwnerWord::unpack(block.own.load_relaxed());
  block.own.store_relaxed(
      OwnerWord{BlockState::Saved, static_cast<std::uint32_t>(to_bits(id.index)), held.gen}.pack());
  return Done{};
}

/// Frees the text, then forgets it: a death between leaves a word that names a block of another life.
void drop_text(Thread& thread, ActorId id) {
  Atomic<std::uint64_t>& word = thread.segment().slot(id.index).name;
  // relaxed: only the process that has the slot writes it.
  const auto handle = static_cast<Handle>(word.load_relaxed());
  drop(thread, handle);
  crash_order();
  // crash(name_dropped): the slot's word no longer fits the block's owner word.
  crash_point("name_dropped");
  // relaxed: as above.
  word.store_relaxed(0);
}

enum class Step : std::uint8_t { Ours, Next, Taken, Frozen };

/// A name on its way into the table.
struct Insertion {
  Segment& segment;
  std::string_view name;
  ActorId id;
};

Step try_cell(const Insertion& insertion, const NameTable& table, NameCell& cell, ActorId& holder) {
  const Way way(table, insertion.name);
  // sync(name_cell): acquire. The actor of the entry, and its text.
  std::uint64_t seen = cell.load_acquire();
  if (seen == table.empty()) {
    // sync(name_cell): acq_rel. Our text and slot; all threads that insert this name meet here.
    if (cell.cas_acq_rel(seen, entry_word(way, insertion.id))) return Step::Ours;
    // sync(name_cell): acquire. The winner may have our name; or the cell is frozen.
    seen = cell.load_acquire();
  }
  if (is_empty(seen)) return Step::Frozen;
  holder = holder_of_name(insertion.segment, seen, way, insertion.name);
  return holder.index == ActorIndex::None ? Step::Next : Step::Taken;
}

/// Puts the entry into the first empty cell, unless a living actor has one of that name before it.
Result<Done, NameError> place_in(const Insertion& insertion, const NameTable& table, ActorId& holder) {
  const Way way(table, insertion.name);
  for (std::uint64_t step = 0; step < way.cells; ++step) {
    const auto cell = table.back(insertion.segment, way.cell(step));
    if (!cell.ok()) return Failure{NameError::NoMemory};
    switch (try_cell(insertion, table, *cell.value(), holder)) {
      case Step::Ours: return Done{};
      case Step::Taken: return Failure{NameError::Taken};
      case Step::Frozen: return Failure{NameError::Busy};
      case Step::Next: break;
    }
  }
  return Failure{NameError::Full};
}

/// Puts the entry into the table that counts; waits while that one is being copied.
Result<Done, NameError> place_entry(const Insertion& insertion, ActorId& holder) {
  const std::uint64_t deadline = now_ns() + kInsertMax_ns;
  // Ends: at the deadline; earlier, when the admin that copies the table swings or thaws it.
  for (int looks = 0;; ++looks) {
    const auto placed = place_in(insertion, NameTable(insertion.segment), holder);
    if (placed.ok() || placed.error() != NameError::Busy || now_ns() >= deadline) return placed;
    if (looks < kYields) {
      std::this_thread::yield();
    } else {
      std::this_thread::sleep_for(kPause);
    }
  }
}

ActorId find_in(const Segment& segment, const NameTable& table, std::string_view name) {
  const Way way(table, name);
  for (std::uint64_t step = 0; step < way.cells; ++step) {
    const NameCell* const cell = table.cell(way.cell(step));
    if (cell == nullptr) return {};
    // sync(name_cell): acquire. The actor of the entry, and its text.
    const std::uint64_t word = cell->load_acquire();
    if (is_empty(word)) return {};
    const ActorId holder = holder_of_name(segment, word, way, name);
    if (holder.index != ActorIndex::None) return holder;
  }
  return {};
}

void remove_from(Segment& segment, const NameTable& table, ActorId id, std::string_view name) {
  const Way way(table, name);
  const std::uint64_t entry = entry_word(way, id);
  const std::uint64_t tombstone = NameWord{way.tag, ActorIndex::None, 0, false}.pack();
  for (std::uint64_t step = 0; step < way.cells; ++step) {
    NameCell* const cell = table.cell_in(segment, way.cell(step));
    if (cell == nullptr) return;
    std::uint64_t seen = entry;
    std::uint64_t frozen = entry | NameWord::kFrozenBit;
    // sync(name_cell): seq_cst. All that was done under this name; then we look which table counts. The
    //   second attempt is for a cell that was frozen meanwhile, which stays so.
    if (cell->cas_seq_cst(seen, tombstone) || cell->cas_seq_cst(frozen, tombstone | NameWord::kFrozenBit)) return;
  }
}

}  // namespace

Result<Done, NameError> insert_name(Thread& thread, ActorId id, std::string_view name, ActorId& holder) {
  Segment& segment = thread.segment();
  // relaxed: the slot is ours.
  BUSKIN_CHECK(segment.slot(id.index).name.load_relaxed() == 0);
  if (!is_good(name)) return Failure{NameError::BadName};
  if (!save_text(thread, id, name).ok()) return Failure{NameError::NoMemory};
  // crash(name_saved): a text without entry; the process that closes the RESERVED slot frees it.
  crash_point("name_saved");
  const auto placed = place_entry({segment, name, id}, holder);
  // crash(name_placed): the entry of a RESERVED slot of a dead process; its repairer tombstones it.
  crash_point("name_placed");
  if (!placed.ok()) drop_text(thread, id);
  return placed;
}

ActorId find_name(const Segment& segment, std::string_view name) {
  if (!is_good(name)) return {};
  // Ends: a further turn means that a whole compaction was finished meanwhile.
  for (;;) {
    const NameTable table(segment);
    const ActorId holder = find_in(segment, table, name);
    if (table.is_present()) return holder;
  }
}

void remove_name(Thread& thread, ActorId id) {
  Segment& segment = thread.segment();
  const std::string name = name_of(segment, id);
  if (name.empty()) return;
  // Ends: as in find_name(). An entry may have been copied before we removed it.
  for (;;) {
    const NameTable table(segment);
    remove_from(segment, table, id, name);
    if (table.is_present()) break;
  }
  // crash(name_removed): no entry leads to the text; the process that closes the slot frees it.
  crash_point("name_removed");
  drop_text(thread, id);
}

/// FNV-1a, mixed once more, because both ends of it are used.
std::uint64_t hash_of_name(std::string_view name) {
  std::uint64_t hash = 0xcbf2'9ce4'8422'2325;
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100'0000'01b3;
  hash = (hash ^ hash >> 32) * 0x9e37'79b9'7f4a'7c15;
  return hash ^ hash >> 29;
}

/// The text that slot `index` names. Its actor may end meanwhile, and its block get another life: so it is
/// read without touching the mapping, and counts only when the owner word is the same before and after.
std::string text_of_name(const Segment& segment, ActorIndex index) {
  // sync(name_text): acquire. The block is written.
  const auto handle = static_cast<Handle>(segment.slot(index).name.load_acquire());
  if (handle == Handle::None) return {};
  const auto before = segment.peek_header(handle);
  if (!before) return {};
  const OwnerWord own = OwnerWord::unpack(before->own);
  const std::size_t bytes = WhatWord::unpack(before->what).len;
  if (own.state != BlockState::Saved || own.id != to_bits(index) || bytes > kNameBytesMax) return {};
  std::array<char, kHeaderBytes + kNameBytesMax> block{};
  if (!segment.peek(handle, std::as_writable_bytes(std::span(block.data(), kHeaderBytes + bytes)))) return {};
  const auto after = segment.peek_header(handle);
  if (!after || after->own != before->own) return {};
  return {block.data() + kHeaderBytes, bytes};
}

/// The living actor that the entry `word` names; None for a tombstone and for an actor that is gone.
ActorId holder_of_entry(const Segment& segment, std::uint64_t word) {
  const NameWord entry = NameWord::unpack(word);
  if (entry.index == ActorIndex::None || !segment.is_backed(Table::Actors, to_bits(entry.index))) return {};
  // sync(life): acquire. The slot as its creator filled it.
  const LifeWord life = LifeWord::unpack(segment.mailbox(entry.index).life.load_acquire());
  const std::uint32_t gen_low = NameWord{0, {}, life.gen, false}.pack() >> 1 & 0x7f'ffff;
  if (!accepts(life.state) || gen_low != entry.gen_low) return {};
  return {entry.index, life.gen};
}

std::string name_of(const Segment& segment, ActorId id) {
  if (life_of(segment, id).state == LifeState::Free) return {};
  return text_of_name(segment, id.index);
}

}  // namespace buskin::shm
