// Repair: the steps of a reap, for reap.cpp alone.
#pragma once

#include "shm/recovery/reap.hpp"

namespace buskin::shm {

/// One dead process under repair, whose claim the caller has; or of a living one the turn that crashed.
struct Repair {
  Thread& own;
  ProcessIndex process;
  std::uint32_t gen;
  Reaped& out;
  const ReapOptions& options;
  ThreadIndex record{};  ///< Of a living process: only this record,
  ActorId actor{};       ///< ... and only the actor in its hand.

  Segment& segment() const { return own.segment(); }
  bool covers(ThreadIndex index) const { return record == ThreadIndex::None || record == index; }
  bool covers(ActorId id) const { return actor == ActorId{} || actor == id; }
  /// What its thread records say whose they are.
  std::uint64_t owner() const { return to_bits(process) | std::uint64_t{gen} << 32; }
};

/// Calls `visit` for each thread record of the dead process.
template <class Visit>
void for_each_record(const Repair& repair, Visit visit) {
  Segment& segment = repair.segment();
  for_each_backed(segment, Table::Threads, [&](std::uint64_t i) {
    ThreadRecord& record = segment.thread(static_cast<ThreadIndex>(i));
    // sync(record): acquire. What its dead owner wrote; the kernel's word came before.
    const bool is_of_dead = i != 0 && record.process.load_acquire() == repair.owner();
    if (is_of_dead && repair.covers(static_cast<ThreadIndex>(i))) visit(static_cast<ThreadIndex>(i), record);
  });
}

/// Step 2: the send and the turn under way, then the kicks; then the record is cleared.
void repair_records(Repair& repair);
/// Steps 3 and 4.
void repair_actors(Repair& repair);
/// Part of step 3: kept replies.
void repair_replies(Repair& repair);
/// Step 5: blocks, spans, runs.
void repair_memory(Repair& repair);

/// Sends the message in hand of a dead at-most-once handler to the dead letters, by a turn in our own name.
void lose_in_hand(Repair& repair, ActorId id, Lane lane);
/// Entries of an armed journal that can be read: those beyond the inline ones only while their block stands.
std::uint64_t entries_count(const Segment& segment, const Journal& journal);
/// Has the turn in `record` reached its commit word?
bool is_committed(const Segment& segment, const ThreadRecord& record);
/// Everything that follows a commit, from wherever the dead thread stopped.
void finish_turn(Repair& repair, ThreadRecord& record);

}  // namespace buskin::shm
