// Repair: what the steps of a reap share: the process, the options, the results.
#pragma once

#include <optional>

#include "shm/recovery/reap.hpp"

namespace buskin::shm {

/// One dead process under repair, whose claim the caller has; or one crashed turn of a living process.
struct Repair {
  Thread& own;
  MemberId dead;
  Reaped& out;
  const ReapOptions& options;
  ThreadIndex record{};  ///< In a living process: only this record,
  ActorId actor{};       ///< ... and only the actor that it runs.
  std::optional<int> exit_code{};  ///< The kernel's word, where the process ended by itself.

  Segment& segment() const { return own.segment(); }
  bool covers(ThreadIndex index) const { return record == ThreadIndex::None || record == index; }
  bool covers(ActorId id) const { return actor == ActorId{} || actor == id; }
};

/// Calls `visit` for each thread record of the dead process.
template <class Visit>
void for_each_record(const Repair& repair, Visit visit) {
  Segment& segment = repair.segment();
  for_each_backed(segment, Table::Threads, [&](std::uint64_t i) {
    ThreadRecord& record = segment.thread(static_cast<ThreadIndex>(i));
    // sync(record): acquire. What its dead owner wrote; the kernel had reported the death before.
    const bool is_of_dead = i != 0 && record.process.load_acquire() == repair.dead.word();
    if (is_of_dead && repair.covers(static_cast<ThreadIndex>(i))) visit(static_cast<ThreadIndex>(i), record);
  });
}

}  // namespace buskin::shm
