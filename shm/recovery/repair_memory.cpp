// repair_memory: looks at each unit once. Blocks that lie in a mailbox, are shared or belong to an actor stay.
#include "shm/recovery/repair_memory.hpp"

#include <vector>

#include "shm/memory/multicast.hpp"
#include "shm/memory/parked_heap.hpp"
#include "shm/segment/size_class.hpp"
#include "shm/memory/units.hpp"

namespace buskin::shm {

namespace {

/// Frees the blocks that the dead process's threads held, in their own spans and in foreign ones.
class Sweep {
 public:
  /// `kept` gets a copy of what is freed, unless it is null.
  explicit Sweep(Repair& repair, std::vector<PlacedBytes>* kept = nullptr)
      : repair_(repair), kept_(kept), is_dead_(repair.segment().layout().count_of(Table::Threads)) {
    for_each_record(repair, [&](ThreadIndex index, const ThreadRecord& record) {
      is_dead_[to_bits(index)] = true;
      for (std::size_t i = 0; i < filter_.size(); ++i) {
        // relaxed: noted before the block became HELD.
        filter_[i] |= record.filter[i].load_relaxed();
      }
    });
  }

  bool is_dead(std::uint32_t thread) const { return thread < is_dead_.size() && is_dead_[thread]; }
  bool may_hold_in(std::uint64_t head) const {
    const std::uint64_t bit = head % (64 * filter_.size());
    return (filter_[bit / 64] >> bit % 64 & 1) != 0;
  }

  /// Looks at each block that begins in a span.
  void span(UnitIndex head, std::uint8_t size_class, bool is_own) {
    const std::uint64_t bytes = kClassBytes[size_class];
    const Handle first = repair_.segment().handle_of(repair_.segment().unit_data(head));
    for (std::uint64_t i = 0; i < span_blocks(size_class); ++i) {
      const auto handle = static_cast<Handle>(to_bits(first) + i * bytes / kCacheLineBytes);
      block(handle, is_own);
    }
  }

  /// A living owner may give a foreign span back at any time, with its pages: so it is not touched.
  void block(Handle handle, bool is_own) {
    // sync(free_block): acquire. What the dead holder left.
    const std::uint64_t word = is_own ? repair_.segment().block(handle).own.load_acquire()
                                      : repair_.segment().peek_header(handle).value_or(HeaderWords{}).own;
    const OwnerWord own = OwnerWord::unpack(word);
    if (own.state != BlockState::Held || !is_dead(own.id)) return;
    if (kept_ != nullptr) keep(handle);
    if (drop_exact(repair_.own, handle, word)) ++repair_.out.counts.blocks_freed;
    // crash(block_swept): the others are still HELD by the dead; the successor sweeps them.
    crash_point("block_swept");
  }

 private:
  void keep(Handle handle) {
    auto* const place = reinterpret_cast<std::byte*>(&repair_.segment().block(handle));
    kept_->push_back({place, {place, place + block_bytes(repair_.segment(), handle)}});
  }

  Repair& repair_;
  std::vector<PlacedBytes>* kept_;
  std::vector<bool> is_dead_;
  std::array<std::uint64_t, 64> filter_{};
};

bool change_unit(Segment& segment, std::uint64_t unit, UnitWord from, UnitWord to) {
  // sync(unit): acq_rel. What its dead holder did there; what we did.
  return segment.unit(static_cast<UnitIndex>(unit)).word.cas_acq_rel(from.pack(), to.pack());
}

UnitWord free_unit(UnitWord from) { return {UnitState::Free, 0, from.backed, 0, 0}; }

/// Undoes a claim that never came to its head's word: the units behind the head first, so that it says until
/// the end whose they were.
void undo_claim(Repair& repair, std::uint64_t head) {
  Segment& segment = repair.segment();
  const UnitWord taking = unit_word(segment, static_cast<UnitIndex>(head));
  const std::uint64_t total = segment.layout().count_of(Table::Units);
  std::uint64_t end = head + 1;
  const auto is_behind = [&](std::uint64_t unit) {
    const UnitWord word = unit_word(segment, static_cast<UnitIndex>(unit));
    const bool is_taking = word.state == UnitState::Taking && word.owner == taking.owner;
    return is_taking || (word.state == UnitState::Continued && word.owner == head);
  };
  while (end < total && segment.is_backed(Table::Units, end) && is_behind(end)) ++end;
  for (std::uint64_t unit = end; unit-- > head;) {
    const UnitWord word = unit_word(segment, static_cast<UnitIndex>(unit));
    if (change_unit(segment, unit, word, free_unit(word))) ++repair.out.counts.units_freed;
    // crash(claim_undone): the head is TAKING(dead) until all behind it are free.
    crash_point("claim_undone");
  }
}

/// Sweeps the blocks of one span or run.
void sweep_unit(Segment& segment, Sweep& sweep, UnitIndex head, UnitWord word) {
  if (word.state == UnitState::Run) return sweep.block(segment.handle_of(segment.unit_data(head)), false);
  if (word.state != UnitState::Span && word.state != UnitState::Orphan) return;
  const bool is_own = word.state == UnitState::Span && sweep.is_dead(word.owner);
  if (is_own || sweep.may_hold_in(to_bits(head))) sweep.span(head, word.size_class, is_own);
}

void repair_unit(Repair& repair, Sweep& sweep, UnitIndex head) {
  Segment& segment = repair.segment();
  UnitWord word = unit_word(segment, head);
  // A thread that searches the dead heap may still hold the word of this span, and no one may take it while we sweep.
  if (word.state == UnitState::Span && sweep.is_dead(word.owner)) {
    (void)stamp_span(segment, static_cast<ThreadIndex>(word.owner), head);
    word = unit_word(segment, head);
  }
  switch (word.state) {
    case UnitState::Taking:
      if (sweep.is_dead(word.owner)) undo_claim(repair, to_bits(head));
      return;
    case UnitState::Releasing:
      if (sweep.is_dead(word.owner)) finish_release(segment, head);
      return;
    case UnitState::Run:
    case UnitState::Span:
    case UnitState::Orphan: break;
    default: return;
  }
  sweep_unit(segment, sweep, head, word);
  if (word.state != UnitState::Span || !sweep.is_dead(word.owner)) return;
  UnitWord orphan = word;
  orphan.state = UnitState::Orphan;
  orphan.owner = 0;
  if (change_unit(segment, to_bits(head), word, orphan)) ++repair.out.counts.spans_orphaned;
}

}  // namespace

void repair_memory(Repair& repair) {
  Segment& segment = repair.segment();
  repair.own.heap().unpark();  // We take orphans, to look into them.
  for_each_record(repair, [&](ThreadIndex index, const ThreadRecord&) { end_search(segment, index); });
  Sweep sweep(repair);
  const std::uint64_t total = segment.layout().count_of(Table::Units);
  for (std::uint64_t unit = 0; unit < total && segment.is_backed(Table::Units, unit); ++unit) {
    repair_unit(repair, sweep, static_cast<UnitIndex>(unit));
  }
  // Runs whose block was freed by a thread that died before it gave the units back; spans without a block in use.
  repair.out.counts.units_freed += reclaim_units(segment, repair.own.index());
}

std::vector<PlacedBytes> free_held(Thread& own) {
  std::vector<PlacedBytes> kept;
  Segment& segment = own.segment();
  Reaped unused;
  const ReapOptions none;
  Repair repair{own, {own.process(), word_of(segment.process(own.process())).gen}, unused, none};
  Sweep sweep(repair, &kept);
  const std::uint64_t total = segment.layout().count_of(Table::Units);
  for (std::uint64_t unit = 0; unit < total && segment.is_backed(Table::Units, unit); ++unit) {
    const auto head = static_cast<UnitIndex>(unit);
    sweep_unit(segment, sweep, head, unit_word(segment, head));
  }
  return kept;
}

}  // namespace buskin::shm
