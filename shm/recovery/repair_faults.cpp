// repair_faults: a fault is copied before the record of its thread is given to another one.
#include "shm/recovery/repair_faults.hpp"

#include "shm/base/clock.hpp"

namespace buskin::shm {

namespace {

/// Where a fault is kept: the same place whenever it is copied.
std::uint64_t fault_row(const Segment& segment, std::uint64_t key) {
  return (key * 0x9e37'79b9'7f4a'7c15 >> 32) % segment.layout().count_of(Table::Faults);
}

/// The row for this fault, empty; null when there is no memory for it.
FaultRow* empty_row(Segment& segment, std::uint64_t key, std::uint64_t place) {
  if (!segment.back(Table::Faults, place).ok()) return nullptr;
  auto& row = segment.row<FaultRow>(Table::Faults, place);
  // relaxed: a copy for readers of the dead; the signal comes last.
  row.fault.signal.store_relaxed(0);
  row.key.store_relaxed(key);
  row.time_ns.store_relaxed(now_ns());
  return &row;
}

/// Completes the row, and names it in the slot of the actor.
void publish(Segment& segment, FaultRow& row, std::uint64_t place, std::uint64_t signal) {
  crash_order();
  // relaxed: as above.
  row.fault.signal.store_relaxed(signal);
  const ActorId actor = ActorId::from_word(row.fault.actor.read());
  // relaxed: for readers; poison notices read it after the adoption.
  if (is_open(segment, actor)) segment.slot(actor.index).fault.store_relaxed(static_cast<std::uint32_t>(place + 1));
}

/// Copies the fault of one thread.
void keep_fault(Repair& repair, ThreadIndex index, const FaultRecord& fault) {
  Segment& segment = repair.segment();
  const std::uint64_t key = to_bits(index) | std::uint64_t{repair.dead.gen} << 32;
  const std::uint64_t place = fault_row(segment, key ^ repair.actor.word());
  FaultRow* const row = empty_row(segment, key, place);
  if (row == nullptr) return;
  row->fault.address.write(fault.address.read());
  row->fault.actor.write(fault.actor.read());
  row->fault.lane.write(fault.lane.read());
  row->fault.seq.write(fault.seq.read());
  row->fault.frames_count.write(fault.frames_count.read());
  row->fault.frames = fault.frames;
  publish(segment, *row, place, fault.signal.load_relaxed());  // relaxed: the dead thread's word.
}

/// Writes the fault of a message whose process ended with an exit code, and no thread said which of them did it.
void keep_exit(Repair& repair, ActorId id, Lane lane, std::uint64_t seq, int code) {
  Segment& segment = repair.segment();
  const std::uint64_t key = id.word();
  const std::uint64_t place = fault_row(segment, key);
  FaultRow* const row = empty_row(segment, key, place);
  if (row == nullptr) return;
  row->fault.address.write(0);
  row->fault.actor.write(id.word());
  row->fault.lane.write(to_bits(lane));
  row->fault.seq.write(seq);
  row->fault.frames_count.write(0);
  publish(segment, *row, place, FaultWord::exited(code, FaultWord::Thread::Unknown).pack());
}

/// Has a thread of the dead process recorded a fault of any message?
bool has_faults(const Repair& repair) {
  bool is_found = false;
  for_each_record(repair, [&](ThreadIndex, const ThreadRecord& record) {
    is_found = is_found || record.fault.signal.load_relaxed() != 0;  // relaxed: the dead thread's word.
  });
  return is_found;
}

}  // namespace

void keep_faults(Repair& repair) {
  for_each_record(repair, [&](ThreadIndex index, ThreadRecord& record) {
    // relaxed: written last by the dead thread's crash handler.
    if (record.fault.signal.load_relaxed() != 0) keep_fault(repair, index, record.fault);
  });
}

bool is_to_blame(Repair& repair, ActorId id, Lane lane, std::uint64_t seq) {
  bool is_named = false;
  for_each_record(repair, [&](ThreadIndex, const ThreadRecord& record) {
    const FaultRecord& fault = record.fault;
    // relaxed: the dead thread's words.
    is_named = is_named || (fault.signal.load_relaxed() != 0 && fault.actor.read() == id.word() &&
                            fault.lane.read() == to_bits(lane) &&
                            (fault.seq.read() & HandWord::kSeqMask48) == seq);  // relaxed: as above.
  });
  if (is_named || !repair.exit_code || has_faults(repair)) return is_named;
  keep_exit(repair, id, lane, seq, *repair.exit_code);
  return true;
}

}  // namespace buskin::shm
