// ThreadRecord: what one thread is about to do, so that a survivor can finish it.
//
//   offset  size  field
//        0    64  op line      state, process, op record, ev
//       64   320  journal      armed, value, n, idx, overflow, 8 inline entries
//      384    64  run          run record
//      448   384  fault        signal, address, return addresses, message in hand
//      832   512  filter       4096 bits: foreign spans where this thread holds blocks
//     1344   512  counters     64 labelled counters (counters.hpp)
//     1856    24  counting, heap_use, span_stamp
//     1880   168  reserved
//
// Who writes what: the thread itself (its crash handler included); the threads that
// wake it write `ev`, too; after the process's death its repairer writes.
// A record belongs to its process: a finished thread leaves it, with its heap, to
// the next one; it returns to the segment only when the process leaves or is dead.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "shm/base/published_once.hpp"
#include "shm/words/table_words.hpp"

namespace buskin::shm {

inline constexpr std::size_t kInlineEntries = 8;
inline constexpr std::size_t kFaultFramesMax = 32;
inline constexpr std::size_t kThreadCounters = 64;

/// One publication of a turn. All words but `own` are written before the journal is armed.
struct JournalEntry {
  Atomic<std::uint64_t> what;    ///< EntryWord: kind, lane, block.
  Atomic<std::uint64_t> target;  ///< ActorId; for State the owner word of the block that is replaced.
  Atomic<std::uint64_t> from;    ///< The block's exact owner word when the journal was written.
  Atomic<std::uint64_t> own;     ///< The owner word it gets; 0 until it is being published.
};
static_assert(sizeof(JournalEntry) == 32);

struct Journal {
  Atomic<std::uint64_t> armed;     ///< ArmedWord; 0 means that no turn is being committed.
  Atomic<std::uint64_t> value;     ///< What the commit word must reach.
  Atomic<std::uint64_t> count;     ///< Entries, inline and overflow.
  Atomic<std::uint64_t> published; ///< Entries below it are out.
  Atomic<std::uint64_t> overflow;  ///< Handle of the first overflow block, HELD by this thread.
  Atomic<std::uint64_t> saved_from;  ///< State: the replaced SavedWord.
  Atomic<std::uint64_t> covers;    ///< State: the last position that the commit consumes.
  std::uint64_t reserved;
  std::array<JournalEntry, kInlineEntries> entries;
};
static_assert(sizeof(Journal) == 320);

struct RunRecord {
  Atomic<std::uint64_t> start;  ///< First unit of the run being claimed.
  Atomic<std::uint64_t> count;  ///< Units; 0 means that no claim is under way.
};

/// How a process ended by its own doing while a thread of it handled a message: thread:2 | is exit:1 | number:16.
struct FaultWord {
  enum class Kind : std::uint8_t { None, Signal, Exit };
  /// Which thread did it.
  enum class Thread : std::uint8_t { Handler, Other, Unknown };

  Kind kind = Kind::None;
  Thread thread = Thread::Handler;
  int number = 0;  ///< The number of the signal, or the exit code.

  static FaultWord signal(int number, Thread thread) { return {Kind::Signal, thread, number}; }
  static FaultWord exited(int code, Thread thread) { return {Kind::Exit, thread, code}; }
  std::uint64_t pack() const {
    if (kind == Kind::None) return 0;
    const std::uint64_t exit = kind == Kind::Exit ? 1 : 0;
    return static_cast<std::uint64_t>(thread) << 17 | exit << 16 | static_cast<std::uint8_t>(number);
  }
  static FaultWord unpack(std::uint64_t word) {
    if (word == 0) return {};
    const Kind kind = (word >> 16 & 1) != 0 ? Kind::Exit : Kind::Signal;
    return {kind, static_cast<Thread>(word >> 17 & 3), static_cast<int>(word & 0xff)};
  }
};

struct FaultRecord {
  Atomic<std::uint64_t> signal;  ///< A FaultWord. Written last; 0 means that there is no fault.
  PublishedOnce<std::uint64_t> address;
  PublishedOnce<std::uint64_t> actor;   ///< ActorId in hand.
  PublishedOnce<std::uint64_t> lane;
  PublishedOnce<std::uint64_t> seq;
  PublishedOnce<std::uint64_t> frames_count;
  std::array<std::uint64_t, kFaultFramesMax> frames;
  std::array<std::uint64_t, 10> reserved;
};
static_assert(sizeof(FaultRecord) == 384);

struct ThreadRecord {
  RecordWord<std::uint64_t> op_handle;  ///< Block of the send under way, or of the last one: left stale on purpose.
  RecordWord<std::uint64_t> op_own;     ///< The QUEUED word it gets. Covers the push and the kick.
  Atomic<std::uint64_t> process;    ///< ProcessIndex and its gen above; 0 means that the record is free.
  Atomic<std::uint64_t> hand;       ///< ActorId whose handler this thread runs; for the crash handler.
  Atomic<std::uint32_t> ev;         ///< Futex word: bit 0 sleeping (the sleeper's own), above it a count.
  Atomic<std::uint32_t> tid;
  std::array<std::uint64_t, 3> reserved_op;
  Journal journal;
  RunRecord run;
  std::array<std::uint64_t, 6> reserved_run;
  FaultRecord fault;
  std::array<Atomic<std::uint64_t>, 64> filter;
  std::array<Atomic<std::uint64_t>, kThreadCounters> counters;
  Atomic<std::uint64_t> counting;  ///< How many messages it completes and counts together; 0 for one.
  Atomic<std::uint64_t> heap_use;  ///< A HeapUse. The thread, one that lacks memory, and a repairer: CAS and exchange.
  Atomic<std::uint64_t> span_stamp;  ///< Last stamp of a span of this thread.
  std::array<std::uint64_t, 21> reserved;
};
static_assert(std::is_standard_layout_v<ThreadRecord>);
static_assert(sizeof(ThreadRecord) == 2048);
static_assert(offsetof(ThreadRecord, journal) == 64);
static_assert(offsetof(ThreadRecord, run) == 384);
static_assert(offsetof(ThreadRecord, fault) == 448);
static_assert(offsetof(ThreadRecord, filter) == 832);
static_assert(offsetof(ThreadRecord, counters) == 1344);

}  // namespace buskin::shm
