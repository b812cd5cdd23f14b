// reap: the entry, the claim on it, and the order of the steps.
//
// A claim is exclusive. The claims of a dead repairer pass to the process that has claimed the repairer, after
// step 2 for it: its own thread records say what it had half done in other repairs.
#include "shm/recovery/reap.hpp"

#include <algorithm>

#include "shm/segment/counters.hpp"
#include "shm/recovery/member.hpp"
#include "shm/recovery/repair_actor.hpp"
#include "shm/recovery/repair_memory.hpp"
#include "shm/recovery/repair_record.hpp"
#include "shm/mailbox/ready_set.hpp"
#include "shm/mailbox/wake.hpp"

namespace buskin::shm {

namespace {

bool is_entry(const Segment& segment, ProcessIndex index) {
  return index != ProcessIndex::None && segment.is_backed(Table::Processes, to_bits(index));
}

/// The present life of the entry.
MemberId member_at(const Segment& segment, ProcessIndex index) {
  return {index, word_of(segment.process(index)).gen};
}

/// Step 1. On Claimed, `holder` is the process that has the claim.
Result<Done, ReapError> claim(Thread& own, ProcessIndex dead, const ReapOptions& options, ProcessIndex& holder) {
  Segment& segment = own.segment();
  if (!is_entry(segment, dead)) return Failure{ReapError::NotThere};
  ProcessEntry& entry = segment.process(dead);
  const ProcessWord word = word_of(entry);
  if (word.state == ProcessState::Free) return Failure{ReapError::NotThere};
  if (dead == own.process() || !options.is_dead_now(dead)) return Failure{ReapError::Alive};
  // sync(process): acq_rel. A process that sees DEAD knows that the kernel said so.
  (void)entry.word.cas_acq_rel(ProcessWord{word.gen, ProcessState::Alive}.pack(),
                               ProcessWord{word.gen, ProcessState::Dead}.pack());
  if (const ProcessWord now = word_of(entry); now.gen != word.gen || now.state != ProcessState::Dead) {
    return Failure{ReapError::NotThere};
  }
  // crash(reap_marked): DEAD, not claimed: the next process that looks claims it.
  crash_point("reap_marked");
  const std::uint64_t mine = member_at(segment, own.process()).word();
  std::uint64_t seen = 0;
  // sync(claim): seq_cst. What a former holder of the claim did.
  if (entry.claim.cas_seq_cst(seen, mine) || seen == mine) return Done{};
  const MemberId claimer = MemberId::from_word(seen);
  holder = claimer.index;
  // The claim of a repairer that was repaired and is gone: its records were settled before its entry was freed.
  const bool is_stale = !is_entry(segment, holder) || member_at(segment, holder) != claimer ||
                        word_of(segment.process(holder)).state == ProcessState::Free;
  // sync(claim): acq_rel. As above.
  if (is_stale && entry.claim.cas_acq_rel(seen, mine)) return Done{};
  return Failure{ReapError::Claimed};
}

/// Takes over the claims of a dead repairer, whose records are settled. Appends the processes that they are on.
void inherit_claims(Repair& repair, std::vector<ProcessIndex>& more) {
  Segment& segment = repair.segment();
  const std::uint64_t theirs = repair.dead.word();
  const std::uint64_t mine = member_at(segment, repair.own.process()).word();
  const std::uint64_t count = segment.layout().count_of(Table::Processes);
  for (std::uint64_t i = 1; i < count && segment.is_backed(Table::Processes, i); ++i) {
    const auto index = static_cast<ProcessIndex>(i);
    // sync(claim): acq_rel. All that the dead repairer did under it.
    if (segment.process(index).claim.cas_acq_rel(theirs, mine)) more.push_back(index);
    // crash(claim_inherited): ours, or still the dead repairer's; our own repairer inherits both.
    crash_point("claim_inherited");
  }
}

void free_entry(ProcessEntry& entry, std::uint32_t gen, MemberId claimer) {
  // sync(process_facts): release. Before another process has the entry.
  entry.pid_namespace.store_release(0);
  // sync(claim): acq_rel. Nothing is left to do under it; a process that joins here finds none.
  (void)entry.claim.cas_acq_rel(claimer.word(), 0);
  // crash(reap_unclaimed): DEAD without records: the next process that looks frees it.
  crash_point("reap_unclaimed");
  // sync(process): acq_rel. After all of the repair.
  (void)entry.word.cas_acq_rel(ProcessWord{gen, ProcessState::Dead}.pack(),
                               ProcessWord{gen + 1, ProcessState::Free}.pack());
}

/// Clears the bits that were set for the dead process: the next process of the entry has other mailboxes.
void clear_ready_map(const Repair& repair) {
  if (!ReadySet::has_map(repair.segment(), repair.dead.index)) return;
  std::vector<std::uint32_t> bits;
  ReadySet(repair.segment(), repair.dead.index).take(bits);
}

/// Steps 2 to 6, under the claim.
void repair_in_order(Repair& repair, std::vector<ProcessIndex>& more) {
  repair_records(repair);
  // crash(reap_records_done): records empty, actors still name the dead: the successor repeats steps 2 to 4.
  crash_point("reap_records_done");
  inherit_claims(repair, more);
  repair_actors(repair);
  // crash(reap_actors_done): its actors belong to other processes from here on; only its memory is left.
  crash_point("reap_actors_done");
  repair_memory(repair);
  // crash(reap_memory_done): records that are empty; the successor returns them.
  crash_point("reap_memory_done");
  for_each_record(repair, [&](ThreadIndex index, ThreadRecord& record) {
    // relaxed: the dead thread's word. If a successor counts it again, the bound is only wider.
    repair.own.count(Counter::Uncounted, std::max(record.counting.load_relaxed(), kUncountedPerDeath));
    return_thread_record(repair.segment(), index);
  });
  clear_ready_map(repair);
  Segment& segment = repair.segment();
  free_entry(segment.process(repair.dead.index), repair.dead.gen, member_at(segment, repair.own.process()));
  repair.out.processes.push_back(repair.dead.index);
}

/// The process to repair first so that `dead` can be claimed: `dead` itself, or a dead holder of its claim.
Result<ProcessIndex, ReapError> next_to_repair(Thread& own, ProcessIndex dead, const ReapOptions& options) {
  const std::uint64_t count = own.segment().layout().count_of(Table::Processes);
  // Ends: a repairer was alive when it claimed the next one, so the way has no circle.
  for (std::uint64_t i = 0; i < count; ++i) {
    ProcessIndex holder{};
    const auto claimed = claim(own, dead, options, holder);
    if (claimed.ok()) return dead;
    if (claimed.error() != ReapError::Claimed) return Failure{claimed.error()};
    if (!options.is_dead_now(holder)) return Failure{ReapError::Claimed};
    dead = holder;
  }
  return Failure{ReapError::Claimed};
}

}  // namespace

bool is_dead(const Segment& segment, ProcessIndex index, const std::string& lock_path) {
  if (!is_entry(segment, index)) return false;
  const ProcessWord word = word_of(segment.process(index));
  return word.state == ProcessState::Dead ||
         (word.state == ProcessState::Alive && !is_member_alive(segment, index, lock_path));
}

Result<Reaped, ReapError> reap_process(Thread& own, ProcessIndex dead, const std::string& lock_path) {
  ReapOptions options;
  options.is_dead_now = [&](ProcessIndex index) { return is_dead(own.segment(), index, lock_path); };
  return reap_process(own, dead, options);
}

Result<Reaped, ReapError> reap_process(Thread& own, ProcessIndex dead, const ReapOptions& options) {
  Reaped out;
  std::vector<ProcessIndex> left{dead};
  ReapError why = ReapError::NotThere;
  // Ends: each turn repairs a process, or gives one up; a repaired one leaves no claims behind.
  while (!left.empty()) {
    const auto next = next_to_repair(own, left.back(), options);
    if (!next.ok()) {
      if (left.size() == 1) why = next.error();
      left.pop_back();
      continue;
    }
    Repair repair{own, member_at(own.segment(), next.value()), out, options};
    if (next.value() == dead) repair.exit_code = options.exit_code;
    if (next.value() == left.back()) left.pop_back();
    repair_in_order(repair, left);
  }
  if (out.processes.empty()) return Failure{why};
  return out;
}

Reaped reap_turn(Thread& own, Thread& crashed, ActorId actor, const ReapOptions& options) {
  BUSKIN_CHECK(own.index() != crashed.index());
  Reaped out;
  Repair repair{own, member_at(own.segment(), crashed.process()), out, options, crashed.index(), actor};
  repair_records(repair);
  repair_actors(repair);
  // relaxed: this thread's own; it goes on with other actors.
  crashed.record().fault.signal.store_relaxed(0);
  return out;
}

}  // namespace buskin::shm
