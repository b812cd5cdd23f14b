// repair_record: the chain and the commit word say what a dead thread had done; the rest is finished or undone.
#include "shm/recovery/repair_record.hpp"

#include "shm/memory/evidence.hpp"
#include "shm/memory/multicast.hpp"
#include "shm/recovery/repair_turn.hpp"
#include "shm/actor/turn.hpp"

namespace buskin::shm {

namespace {

bool is_actor(const Segment& segment, std::uint64_t index) {
  return index != 0 && segment.is_backed(Table::Actors, index);
}

/// A send that the chain does not know was never accepted: its block is freed.
void settle_send(Repair& repair, const ThreadRecord& record) {
  // relaxed: the thread is dead; two words that do not belong together fit no block.
  const std::uint64_t own = record.op_own.load_relaxed();
  const auto handle = static_cast<Handle>(record.op_handle.load_relaxed());
  if (own == 0 || peek_own(repair.segment(), handle) != own) return;
  if (evidence(repair.segment(), handle, own) == Verdict::Published) return;
  if (drop_exact(repair.own, handle, own)) ++repair.out.counts.sends_undone;
}

void settle_turn(Repair& repair, ThreadRecord& record) {
  // relaxed: as above.
  if (record.journal.armed.load_relaxed() == 0) return;
  if (!is_committed(repair.segment(), record)) {
    ++repair.out.counts.turns_undone;
    return;
  }
  ++repair.out.counts.turns_finished;
  finish_turn(repair, record);
}

/// Wakes the receivers to which the thread may have pushed without waking them.
void kick_targets(Repair& repair, ThreadRecord& record) {
  Segment& segment = repair.segment();
  // relaxed: as above.
  const OwnerWord sent = OwnerWord::unpack(record.op_own.load_relaxed());
  if (sent.is_queued() && is_actor(segment, sent.id)) kick(repair.own, static_cast<ActorIndex>(sent.id));
  Journal& journal = record.journal;
  const std::uint64_t count = entries_count(segment, journal);
  for (std::uint64_t i = 0; i < count; ++i) {
    // relaxed: as above.
    const ActorId to = ActorId::from_word(journal_entry(segment, journal, i).target.load_relaxed());
    if (is_actor(segment, to_bits(to.index))) kick(repair.own, to.index);
  }
}

/// The last act on a record. A cleared record is not repaired again: a later repairer would find the commit
/// word of a restarted actor further on. The fault stays for step 3.
void clear(ThreadRecord& record) {
  // crash(record_settled): settled, not cleared: settled again, by tests that find nothing to do.
  crash_point("record_settled");
  // relaxed: read by a later repairer, in program order.
  record.journal.armed.store_relaxed(0);
  crash_order();
  // crash(record_half_cleared): the send is settled once more: its word fits no block, or a published one.
  crash_point("record_half_cleared");
  // relaxed: as above.
  record.journal.overflow.store_relaxed(0);
  record.op_own.store_relaxed(0);
  record.op_handle.store_relaxed(0);
}

}  // namespace

void repair_records(Repair& repair) {
  for_each_record(repair, [&](ThreadIndex, ThreadRecord& record) {
    ++repair.out.counts.records;
    settle_send(repair, record);
    settle_turn(repair, record);
    kick_targets(repair, record);
    clear(record);
  });
}

}  // namespace buskin::shm
