// units: the search is first fit, from a hint on. A claim is a CAS per unit, in ascending order, so two
// threads that want overlapping runs meet at the first unit of both.
#include "shm/memory/units.hpp"

#include <algorithm>

#include "shm/base/crash_point.hpp"
#include "shm/memory/parked_heap.hpp"
#include "shm/segment/counters.hpp"
#include "shm/segment/size_class.hpp"

namespace buskin::shm {

namespace {

constexpr std::uint64_t kNone = ~std::uint64_t{0};

Atomic<std::uint64_t>& word_at(Segment& segment, std::uint64_t unit) {
  return segment.unit(static_cast<UnitIndex>(unit)).word;
}

UnitWord read(const Segment& segment, std::uint64_t unit) {
  // sync(unit): acquire. What its last holder wrote there.
  return UnitWord::unpack(segment.unit(static_cast<UnitIndex>(unit)).word.load_acquire());
}

void write(Segment& segment, std::uint64_t unit, UnitWord word) {
  // sync(unit): release. Headers, and the words of the units behind, stand before it.
  word_at(segment, unit).store_release(word.pack());
}

UnitWord taking(ThreadIndex thread, bool backed) {
  return {UnitState::Taking, 0, backed, static_cast<std::uint32_t>(to_bits(thread))};
}

/// CAS of each unit FREE -> TAKING(thread). On a conflict those claimed so far are FREE again.
bool claim(Segment& segment, ThreadIndex thread, std::uint64_t first, std::uint64_t count) {
  RunRecord& run = segment.thread(thread).run;
  // relaxed: read by a repairer, in program order.
  run.start.store_relaxed(first);
  crash_order();
  run.count.store_relaxed(count);
  crash_order();
  for (std::uint64_t i = 0; i < count; ++i) {
    const UnitWord free = read(segment, first + i);
    // sync(unit): acq_rel. After all that its last holder did.
    const bool is_ours = free.state == UnitState::Free &&
                         word_at(segment, first + i).cas_acq_rel(free.pack(), taking(thread, free.backed).pack());
    if (!is_ours) {
      undo_take(segment, thread, static_cast<UnitIndex>(first), i);
      return false;
    }
    // crash(unit_taken): TAKING(dead): its repairer gives it back.
    crash_point("unit_taken");
  }
  return true;
}

/// The first place in [begin, end) that is not free; `end` when all are. Table pages are reserved on the way.
Result<std::uint64_t, MemoryError> first_used(Segment& segment, std::uint64_t begin, std::uint64_t end) {
  for (std::uint64_t unit = begin; unit < end; ++unit) {
    if (const auto backed = segment.back(Table::Units, unit); !backed.ok()) return Failure{backed.error()};
    if (read(segment, unit).state != UnitState::Free) return unit;
  }
  return end;
}

/// Claims the first fitting place from the hint on, once around the table.
Result<std::uint64_t, MemoryError> search(Segment& segment, ThreadIndex thread, std::uint64_t count) {
  const std::uint64_t total = segment.layout().count_of(Table::Units);
  if (count > total) return Failure{MemoryError::NoUnits};
  Atomic<std::uint64_t>& hint = segment.superblock().next_unit;
  // relaxed: a hint.
  const std::uint64_t begin = std::min(hint.load_relaxed(), total - 1);
  std::uint64_t unit = begin;
  for (std::uint64_t looked = 0; looked <= total;) {
    if (unit + count > total) {
      looked += total - unit;
      unit = 0;
      continue;
    }
    const auto used = first_used(segment, unit, unit + count);
    if (!used.ok()) return Failure{used.error()};
    if (used.value() == unit + count && claim(segment, thread, unit, count)) {
      // relaxed: as above. Only a search that left no hole behind moves it.
      if (unit == begin || count == 1) hint.store_relaxed(unit + count);
      return unit;
    }
    const std::uint64_t next = std::max(unit + 1, std::min(used.value() + 1, unit + count));
    looked += next - unit;
    unit = next;
  }
  return kNone;
}

bool is_backed(const Segment& segment, std::uint64_t first, std::uint64_t count) {
  for (std::uint64_t i = 0; i < count; ++i) {
    if (!read(segment, first + i).backed) return false;
  }
  return true;
}

/// Gives the pages of free units back to the memory file system. True when there were any.
bool give_pages_back(Segment& segment, ThreadIndex thread) {
  bool any = false;
  const std::uint64_t total = segment.layout().count_of(Table::Units);
  for (std::uint64_t unit = 0; unit < total && segment.is_backed(Table::Units, unit); ++unit) {
    const UnitWord free = read(segment, unit);
    if (free.state != UnitState::Free || !free.backed) continue;
    // sync(unit): acq_rel. Ours, and without pages from here on, even if we die.
    if (!word_at(segment, unit).cas_acq_rel(free.pack(), taking(thread, false).pack())) continue;
    segment.punch_units(static_cast<UnitIndex>(unit), 1);
    // crash(unit_punched): TAKING(dead), not backed: given back as it is.
    crash_point("unit_punched");
    write(segment, unit, {});
    any = true;
  }
  return any;
}

bool is_free_run(const Segment& segment, UnitIndex head, UnitWord word) {
  if (word.state != UnitState::Run) return false;
  // Read beside the mapping: another thread may give it back meanwhile, with its pages.
  const auto header = segment.peek_header(segment.handle_of(segment.unit_data(head)));
  return header && OwnerWord::unpack(header->own).state == BlockState::Free;
}

/// Adopts an orphan to look into it, and gives it back if it is empty: only the owner of a span may touch it
/// without fear that its pages go.
bool retire_orphan(Segment& segment, ThreadIndex thread, UnitIndex head, UnitWord orphan) {
  if (orphan.state != UnitState::Orphan) return false;
  UnitWord span = orphan;
  span.state = UnitState::Span;
  span.owner = static_cast<std::uint32_t>(to_bits(thread));
  span.life = next_span_stamp(segment.thread(thread)) & UnitWord::kLifeMask;
  // sync(unit): acq_rel. Its blocks are ours to allocate from now on.
  if (!word_at(segment, to_bits(head)).cas_acq_rel(orphan.pack(), span.pack())) return false;
  if (is_all_free(segment, head, span.size_class)) return release_units(segment, thread, head, span);
  // sync(unit): acq_rel. As above. No searcher has it: it was never parked as ours.
  (void)word_at(segment, to_bits(head)).cas_acq_rel(span.pack(), orphan.pack());
  return false;
}

}  // namespace

UnitWord unit_word(const Segment& segment, UnitIndex unit) { return read(segment, to_bits(unit)); }

UnitIndex head_of(const Segment& segment, Handle handle) {
  const UnitIndex unit = segment.unit_of(handle);
  const UnitWord word = read(segment, to_bits(unit));
  return word.state == UnitState::Continued ? static_cast<UnitIndex>(word.owner) : unit;
}

std::uint64_t units_count(const Segment& segment, UnitIndex head) {
  const std::uint64_t total = segment.layout().count_of(Table::Units);
  std::uint64_t count = 1;
  for (std::uint64_t unit = to_bits(head) + 1; unit < total && segment.is_backed(Table::Units, unit); ++unit) {
    const UnitWord word = read(segment, unit);
    if (word.state != UnitState::Continued || word.owner != to_bits(head)) break;
    ++count;
  }
  return count;
}

std::uint64_t gen_base_of(const Segment& segment, UnitIndex first, std::uint64_t count) {
  std::uint64_t base = 0;
  for (std::uint64_t i = 0; i < count; ++i) {
    // relaxed: the former holder of the unit wrote it, and we have taken the unit.
    base = std::max(base, segment.unit(static_cast<UnitIndex>(to_bits(first) + i)).gen_base.load_relaxed());
  }
  return base;
}

void undo_take(Segment& segment, ThreadIndex thread, UnitIndex first, std::uint64_t count) {
  for (std::uint64_t i = count; i-- > 0;) {
    const std::uint64_t unit = to_bits(first) + i;
    write(segment, unit, {UnitState::Free, 0, read(segment, unit).backed, 0});
  }
  crash_order();
  // relaxed: read by a repairer only.
  segment.thread(thread).run.count.store_relaxed(0);
}

Result<UnitIndex, MemoryError> take_units(Segment& segment, ThreadIndex thread, std::uint64_t count) {
  auto first = search(segment, thread, count);
  if (first.ok() && first.value() == kNone && reclaim_units(segment, thread) != 0) {
    first = search(segment, thread, count);
  }
  if (!first.ok()) return Failure{first.error()};
  if (first.value() == kNone) return Failure{MemoryError::NoUnits};
  const auto head = static_cast<UnitIndex>(first.value());
  if (is_backed(segment, first.value(), count)) return head;
  if (segment.back_units(head, count).ok()) return head;
  undo_take(segment, thread, head, count);
  // The hint has moved past them: the units that have pages are looked at first again.
  // relaxed: a hint.
  segment.superblock().next_unit.store_relaxed(0);
  const bool has_more = reclaim_units(segment, thread) != 0;
  if (!give_pages_back(segment, thread) && !has_more) return Failure{MemoryError::NoSpace};
  first = search(segment, thread, count);
  if (!first.ok() || first.value() == kNone) return Failure{MemoryError::NoSpace};
  const auto again = static_cast<UnitIndex>(first.value());
  if (segment.back_units(again, count).ok()) return again;
  undo_take(segment, thread, again, count);
  return Failure{MemoryError::NoSpace};
}

void commit_units(Segment& segment, ThreadIndex thread, UnitIndex first, std::uint64_t count, UnitWord word) {
  const auto head = static_cast<std::uint32_t>(to_bits(first));
  for (std::uint64_t i = count; i-- > 1;) write(segment, head + i, {UnitState::Continued, 0, true, head});
  crash_order();
  // crash(units_filled): CONT units of a head that is TAKING(dead): the repairer gives all of them back.
  crash_point("units_filled");
  word.backed = true;
  write(segment, head, word);
  crash_order();
  // crash(units_committed): a span or run of a dead thread; its blocks say what is in use.
  crash_point("units_committed");
  // relaxed: read by a repairer only.
  segment.thread(thread).run.count.store_relaxed(0);
}

bool is_all_free(const Segment& segment, UnitIndex head, std::uint8_t size_class) {
  const std::byte* const data = segment.unit_data(head);
  for (std::uint64_t i = 0; i < span_blocks(size_class); ++i) {
    const auto& block = *reinterpret_cast<const BlockHeader*>(data + i * kClassBytes[size_class]);
    // sync(free_block): acquire. The thread that freed it is done with it.
    if (OwnerWord::unpack(block.own.load_acquire()).state != BlockState::Free) return false;
  }
  return true;
}

bool release_units(Segment& segment, ThreadIndex thread, UnitIndex head, UnitWord from) {
  UnitWord releasing = from;
  releasing.state = UnitState::Releasing;
  releasing.owner = static_cast<std::uint32_t>(to_bits(thread));
  // sync(unit): acq_rel. One of the threads that saw the block free gives it back.
  if (!word_at(segment, to_bits(head)).cas_acq_rel(from.pack(), releasing.pack())) return false;
  // crash(units_releasing): RELEASING(dead), finished by its repairer.
  crash_point("units_releasing");
  finish_release(segment, head);
  return true;
}

void finish_release(Segment& segment, UnitIndex head) {
  const UnitWord releasing = read(segment, to_bits(head));
  BUSKIN_CHECK(releasing.state == UnitState::Releasing);
  const std::uint64_t count = units_count(segment, head);
  const bool is_run = releasing.size_class == kRunClass;
  const std::uint64_t bytes = is_run ? count * kPieceBytes : kClassBytes[releasing.size_class];
  // After a death on the way, only the blocks that begin in units which are still ours.
  const std::uint64_t blocks =
      is_run ? 1
             : std::min<std::uint64_t>(span_blocks(releasing.size_class), (count * kPieceBytes + bytes - 1) / bytes);
  std::uint64_t base = gen_base_of(segment, head, count);
  for (std::uint64_t i = 0; i < blocks; ++i) {
    const auto& block = *reinterpret_cast<const BlockHeader*>(segment.unit_data(head) + i * bytes);
    // sync(free_block): acquire. All blocks are FREE and no thread may allocate them. Who reads a header beside the
    //   mapping is not ordered after the thread that freed the block.
    base = std::max(base, OwnerWord::unpack(block.own.load_acquire()).gen + 1);
  }
  for (std::uint64_t i = count; i-- > 0;) {
    const auto unit = static_cast<UnitIndex>(to_bits(head) + i);
    // relaxed: published with the word. Units behind a run's head had no blocks of their own.
    if (i == 0 || !is_run) segment.unit(unit).gen_base.store_relaxed(base);
    crash_order();
    write(segment, to_bits(unit), {UnitState::Free, 0, true, 0});
    // crash(unit_released): the rest is found from the head, which goes last.
    crash_point("unit_released");
  }
  Atomic<std::uint64_t>& hint = segment.superblock().next_unit;
  // relaxed: a hint.
  if (to_bits(head) < hint.load_relaxed()) hint.store_relaxed(to_bits(head));
}

std::uint64_t reclaim_units(Segment& segment, ThreadIndex thread) {
  std::uint64_t reclaimed = 0;
  const std::uint64_t total = segment.layout().count_of(Table::Units);
  for (std::uint64_t unit = 0; unit < total && segment.is_backed(Table::Units, unit); ++unit) {
    const auto head = static_cast<UnitIndex>(unit);
    const UnitWord word = read(segment, unit);
    if (is_free_run(segment, head, word) && release_units(segment, thread, head, word)) {
      reclaimed += word.owner;
      count(segment.thread(thread), Counter::RunsReturned);
    } else if (retire_orphan(segment, thread, head, word)) {
      reclaimed += span_units(word.size_class);
    }
  }
  return reclaimed;
}

}  // namespace buskin::shm
