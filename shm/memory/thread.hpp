// Thread: the calling thread's record in the segment, with its heap.
//
// All work on blocks and mailboxes goes through one of these, because a repairer
// reads after a death what the record says. One operating system thread uses it at
// a time; a finished thread leaves it to the next one (member.hpp).
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "shm/segment/counters.hpp"
#include "shm/memory/heap.hpp"
#include "shm/segment/segment.hpp"

namespace buskin::shm {

/// What a sender remembers of a mailbox: its `done`, good while gen and epoch are the same.
struct DoneCache {
  ActorId id{};
  std::uint32_t epoch = 0;
  std::uint64_t done = 0;
};

/// What a thread remembers of the table of types: the row of one id. Rows never move.
struct KnownType {
  std::uint64_t id = 0;
  TypeIndex index{};
};

/// A message that a turn accepted, and whose receiver was gone when the turn published it.
struct Undelivered {
  ActorId receiver{};
  ActorId sender{};
  TypeIndex type{};
  std::uint64_t correlation = 0;  ///< Not 0: the sender waits for an answer.
  bool is_returned = false;       ///< It was a notice about itself.
  Handle block{};                 ///< HELD by the thread that notes this; None where it is another's.
};

class Thread {
 public:
  Thread(Segment& segment, ProcessIndex process, ThreadIndex index)
      : segment_(&segment), record_(&segment.thread(index)), process_(process), index_(index), heap_(segment, index) {}
  Thread(const Thread&) = delete;
  Thread& operator=(const Thread&) = delete;

  Segment& segment() const { return *segment_; }
  ProcessIndex process() const { return process_; }
  ThreadIndex index() const { return index_; }
  ThreadRecord& record() const { return *record_; }
  Heap& heap() { return heap_; }
  /// The actor whose handler this thread runs, or none. For its own crash handler.
  void set_actor(ActorId id) {
    // relaxed: read by this thread's signal handler, and by a repairer after its death.
    record_->hand.store_relaxed(id.word());
  }
  /// How many messages this thread completes and counts together from here on; 0 for one.
  void set_counting(std::uint64_t messages) {
    // relaxed: read by a repairer, in program order.
    record_->counting.store_relaxed(messages);
  }
  void count(Counter counter, std::uint64_t amount = 1) { shm::count(record(), counter, amount); }

  DoneCache& done_cache(ActorIndex index) { return done_caches_[to_bits(index) % done_caches_.size()]; }
  /// The entry for this id, which may hold another one.
  KnownType& known_type(std::uint64_t id) { return known_types_[id % known_types_.size()]; }

  /// Slots are taken from a run of neighbours, which share cache lines and pages (actors.hpp).
  ActorIndex next_slot_hint{};
  std::uint32_t slots_left_in_run = 0;
  std::uint32_t runs_until_search = 0;  ///< Runs taken untouched before used ones are searched for room again.

  /// Messages that are still to be reported; counted already. A death forgets them with this process's memory.
  std::vector<Undelivered> undelivered;

  /// The last sleep that this thread ended: the sleeper's word, and its value then.
  struct LastWake {
    const Atomic<std::uint32_t>* ev = nullptr;
    std::uint32_t value = 0;
  } last_wake{};

 private:
  Segment* segment_;
  ThreadRecord* record_;
  ProcessIndex process_;
  ThreadIndex index_;
  Heap heap_;
  std::array<DoneCache, 64> done_caches_{};
  std::array<KnownType, 16> known_types_{};
};

/// While it is there, what the thread allocates is for this purpose.
class WithPurpose {
 public:
  WithPurpose(Thread& thread, Purpose purpose) : heap_(thread.heap()), before_(heap_.set_purpose(purpose)) {}
  WithPurpose(const WithPurpose&) = delete;
  WithPurpose& operator=(const WithPurpose&) = delete;
  ~WithPurpose() { (void)heap_.set_purpose(before_); }

 private:
  Heap& heap_;
  Purpose before_;
};

}  // namespace buskin::shm
