// reserve: what all may use goes first, so that what supervision alone may use is there as long as possible.
#include "shm/memory/reserve.hpp"

#include <array>

#include "shm/base/crash_point.hpp"
#include "shm/segment/counters.hpp"
#include "shm/segment/reserve_layout.hpp"

namespace buskin::shm {

namespace {

/// FREE(g) -> HELD(T, g+1), against other threads that want the same block.
bool take(BlockHeader& block, ThreadIndex thread) {
  // sync(free_block): acquire. The thread that freed it is done with it.
  const OwnerWord own = OwnerWord::unpack(block.own.load_acquire());
  if (own.state != BlockState::Free) return false;
  // sync(free_block): acq_rel. One of several threads gets it.
  return block.own.cas_acq_rel(own.pack(), OwnerWord::held(thread, own.gen + 1).pack());
}

Handle take_in(Segment& segment, ThreadIndex thread, std::uint64_t unit) {
  const std::uint8_t size_class = reserve_class(unit);
  const auto index = static_cast<UnitIndex>(unit);
  note_foreign(segment.thread(thread), index);
  // crash(reserve_noted): the repairer looks through the unit for nothing.
  crash_point("reserve_noted");
  for (std::uint64_t i = 0; i < span_blocks(size_class); ++i) {
    auto& block = *reinterpret_cast<BlockHeader*>(segment.unit_data(index) + i * kClassBytes[size_class]);
    if (!take(block, thread)) continue;
    // crash(reserve_taken): HELD(dead), in a unit of its filter: the sweep frees it.
    crash_point("reserve_taken");
    count(segment.thread(thread), Counter::ReserveTaken);
    return segment.handle_of(&block);
  }
  return Handle::None;
}

}  // namespace

Handle take_reserved(Segment& segment, ThreadIndex thread, std::uint64_t bytes, Purpose purpose) {
  const std::uint64_t units = segment.layout().reserve_units;
  // Each part of the pattern in turn: the smaller blocks before the larger ones, and those for all first.
  for (std::uint64_t part = 0; part < kReserveGroup; ++part) {
    if (kClassBytes[reserve_class(part)] < bytes) continue;
    if (is_for_supervision(part) && purpose != Purpose::Supervision) continue;
    for (std::uint64_t unit = part; unit < units; unit += kReserveGroup) {
      const Handle handle = take_in(segment, thread, unit);
      if (handle != Handle::None) return handle;
    }
  }
  return Handle::None;
}

void note_foreign(ThreadRecord& record, UnitIndex unit) {
  const std::uint64_t bit = to_bits(unit) % (64 * record.filter.size());
  Atomic<std::uint64_t>& cell = record.filter[bit / 64];
  const std::uint64_t mask = std::uint64_t{1} << bit % 64;
  // relaxed: written by this thread only; read by a repairer, in program order.
  const std::uint64_t seen = cell.load_relaxed();
  if ((seen & mask) == 0) cell.store_relaxed(seen | mask);
  crash_order();
}

}  // namespace buskin::shm
