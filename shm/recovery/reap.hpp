// Reap: repairs what a dead process left, step by step, while the living processes go on.
//
//   1 the entry: ALIVE -> DEAD, and the claim on it
//   2 its thread records: the send and the turn under way are finished or undone; its claims pass on
//   3 its actors: what their message in hand cost, or its block
//   4 ACTIVE -> CRASHED -> the crash notice -> NOTIFIED: from here on an actor may be adopted
//   5 its memory: blocks, spans, units
//   6 its thread records and its entry are free for others
//
// A death may cut each step anywhere; then it is done again, by the same or by another
// process: it is a CAS from an exact word, or a store that only the holder of
// the claim makes. A repairer that dies is repaired first; then its claims pass on.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "shm/actor/actors.hpp"
#include "shm/actor/replies.hpp"
#include "shm/recovery/finish_close.hpp"

namespace buskin::shm {

enum class ReapError : std::uint8_t {
  NotThere,  ///< No process has the entry: it was repaired already, or never used.
  Alive,     ///< The kernel says that the process lives. Kill it first, if it must go.
  Claimed,   ///< Another living process is repairing it.
};

/// What was found and mended; for `buskin deaths`.
struct RepairCounts {
  std::uint64_t records = 0;         ///< Thread records of the dead process.
  std::uint64_t sends_undone = 0;    ///< Sends that were recorded and never pushed.
  std::uint64_t turns_undone = 0;    ///< Turns that were armed and not committed.
  std::uint64_t turns_finished = 0;  ///< Turns that were committed and not published whole.
  std::uint64_t published = 0;       ///< Messages of those turns that the repairer pushed.
  std::uint64_t charged = 0;         ///< Messages in hand that will be delivered again.
  std::uint64_t retired = 0;         ///< Messages completed whose block was still there.
  std::uint64_t lost_in_hand = 0;    ///< At-most-once messages that went to the dead letters.
  std::uint64_t answered = 0;        ///< Kept replies of dead actors.
  std::uint64_t blocks_freed = 0;    ///< Blocks that the dead process held.
  std::uint64_t spans_orphaned = 0;
  std::uint64_t units_freed = 0;

  friend constexpr bool operator==(const RepairCounts&, const RepairCounts&) = default;
};

struct Closing {
  ActorId id{};
  bool has_failed_to_start = false;  ///< Its process died while the actor was being started.
  bool operator==(const Closing&) const = default;
};

struct Reaped {
  std::vector<ProcessIndex> processes;  ///< All that were repaired: also dead repairers on the way.
  std::vector<ActorId> adoptable;        ///< NOTIFIED: the caller carries out their restart policy.
  std::vector<Closing> closing;  ///< CLOSING or DRAINED in the caller's name: it drains, reports and releases them.
  /// Actors that the dead process had requested, perhaps without a pushed request; restarts that it had taken on.
  std::vector<ActorId> requested;
  RepairCounts counts;
};

/// Is the entry in use by a process that the kernel says is dead?
bool is_dead(const Segment& segment, ProcessIndex index, const std::string& lock_path);

/// Repairs `dead`. Clients' mailboxes are closed here; actors are handed back in `Reaped`.
/// Threads: one of a process at a time. Cost: microseconds, and 6 to 16 ns per block of its memory.
Result<Reaped, ReapError> reap_process(Thread& own, ProcessIndex dead, const std::string& lock_path);

/// The functions by which a repair asks and reports. One that is left out is not called. All may use `own`.
struct ReapOptions {
  std::function<bool(ProcessIndex)> is_dead_now{};  ///< The kernel's word; tests inject deaths.
  /// The process that is asked for ended by itself, with this code, and not by a signal. Its messages in hand are to
  /// blame then, unless a thread of it recorded a fault.
  std::optional<int> exit_code{};
  std::function<void(ActorId)> adoptable{};  ///< An actor may be adopted; before the sweep of the memory.
  /// Makes the answer, HELD by `own`, that a dead keeper owes; None for no answer (then the asker gets none).
  std::function<Handle(Thread& own, const KeptReply&)> answer{};
  /// Makes the message, HELD by `own`, that the dead-letter actor gets for one that is lost in hand. With None, or
  /// left out, it gets the lost message itself.
  std::function<Handle(Thread& own, ActorId receiver, Handle lost)> make_dead_letter{};
  /// Returns each message that lay in the mailbox of a dead client. Left out: the message goes to the dead-letter
  /// actor as it is.
  ReturnMail mail{};
};
Result<Reaped, ReapError> reap_process(Thread& own, ProcessIndex dead, const ReapOptions& options);

/// Steps 1 to 4 for one turn of a process that lives on, where one process is the whole system and a crash is
/// injected: `crashed` handles a message of `actor` and will not go on. The caller drops the blocks that it holds.
/// Threads: that of `crashed`; `own` is another record of the same process.
Reaped reap_turn(Thread& own, Thread& crashed, ActorId actor, const ReapOptions& options);

}  // namespace buskin::shm
