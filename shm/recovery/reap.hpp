// Reap: repairs what a dead process left, step by step, beside everybody who lives.
//
//   1 the entry: ALIVE -> DEAD, and the claim on it
//   2 its thread records: the send and the turn under way are finished or undone; its claims pass on
//   3 its actors: what their message in hand cost, or its block
//   4 ACTIVE -> CRASHED -> the crash notice -> NOTIFIED: from here on an actor may be adopted
//   5 its memory: blocks, spans, units
//   6 its thread records and its entry are free for others
//
// Each step may be cut anywhere and done again, by the same or by another
// process: it is a CAS from an exact word, or a store that only the holder of
// the claim makes. The repairer that dies is repaired first; then its claims pass.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "shm/actor/actors.hpp"
#include "shm/actor/replies.hpp"

namespace buskin::shm {

enum class ReapError : std::uint8_t {
  NotThere,  ///< Nobody has the entry: repaired already, or never used.
  Alive,     ///< The kernel says that it lives. Kill it first, if it must go.
  Claimed,   ///< Another living process repairs it.
};

/// What was found and mended; for `buskin deaths`.
struct RepairCounts {
  std::uint64_t records = 0;         ///< Thread records of the dead process.
  std::uint64_t sends_undone = 0;    ///< Recorded, never pushed.
  std::uint64_t turns_undone = 0;    ///< Armed, not committed.
  std::uint64_t turns_finished = 0;  ///< Committed, not everything was out.
  std::uint64_t published = 0;       ///< Messages of those turns that the repairer pushed.
  std::uint64_t charged = 0;         ///< Messages in hand that will be delivered again.
  std::uint64_t retired = 0;         ///< Messages completed whose block was still there.
  std::uint64_t lost_in_hand = 0;    ///< At most once: to the dead letters.
  std::uint64_t answered = 0;        ///< Kept replies of dead actors.
  std::uint64_t blocks_freed = 0;    ///< Held by the dead.
  std::uint64_t spans_orphaned = 0;
  std::uint64_t units_freed = 0;

  friend constexpr bool operator==(const RepairCounts&, const RepairCounts&) = default;
};

using ReturnMail = std::function<void(Thread& own, ActorId receiver, Lane lane, Handle block)>;

struct Closing {
  ActorId id{};
  bool has_failed_to_start = false;  ///< It died while it was being born.
  bool operator==(const Closing&) const = default;
};

struct Reaped {
  std::vector<ProcessIndex> processes;  ///< All that were repaired: also dead repairers found on the way.
  std::vector<ActorId> notified;        ///< NOTIFIED: their restart policy is owed.
  std::vector<Closing> closing;  ///< CLOSING or DRAINED in the caller's name: to be drained, told of and released.
  /// Creations asked for by the dead, whose request may never have been pushed; restarts that it had taken on.
  std::vector<ActorId> requested;
  RepairCounts counts;
};

/// Is the entry in use by a process that the kernel says is dead?
bool is_dead(const Segment& segment, ProcessIndex index, const std::string& lock_path);

/// Repairs `dead`. Clients' mailboxes are closed here; actors are handed back in `Reaped`.
/// Threads: one of a process at a time. Cost: microseconds, and 6 to 16 ns per block of its memory.
Result<Reaped, ReapError> reap_process(Thread& own, ProcessIndex dead, const std::string& lock_path);

/// Whom a repair asks and tells. What is left out is not asked. All may use `own`.
struct ReapOptions {
  std::function<bool(ProcessIndex)> is_dead_now{};  ///< The kernel's word; tests inject deaths.
  std::function<void(ActorId)> notified{};  ///< Each actor that may be adopted, before the sweep of the memory.
  /// Makes the answer, HELD by `own`, that a dead keeper owes; None for no answer (then the asker is not told).
  std::function<Handle(Thread& own, const KeptReply&)> answer{};
  /// Makes what the dead-letter actor gets for a message lost in hand, HELD by `own`; None, or left out: it gets
  /// the message itself.
  std::function<Handle(Thread& own, ActorId receiver, Handle lost)> make_dead_letter{};
  /// Tells whoever must hear of a message that lay in the mailbox of a dead client, and counts it; left out: the
  /// message goes to the dead-letter actor as it is.
  ReturnMail mail{};
};
Result<Reaped, ReapError> reap_process(Thread& own, ProcessIndex dead, const ReapOptions& options);

/// Steps 1 to 4 for one turn of a process that lives on, where one process is the whole system and a crash is
/// injected: `crashed` handles a message of `actor` and will not go on. What its blocks hold the caller drops.
/// Threads: that of `crashed`; `own` is another record of the same process.
Reaped reap_turn(Thread& own, Thread& crashed, ActorId actor, const ReapOptions& options);

/// Frees what the threads of this process hold still: for its orderly end, after which nobody would find it.
/// Threads: `own` is one of them, and the others are at rest.
void free_held(Thread& own);

/// Drains and releases a closing actor whose end nobody needs to hear of: mail goes to the dead letters, or as
/// `mail` wants.
void finish_close(Thread& own, ActorId id, const ReturnMail& mail = {});

}  // namespace buskin::shm
