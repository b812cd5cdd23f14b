// wake: all accesses are seq_cst operations. Each pair of them is a Dekker pair: one side writes what the
// other is about to look for.
#include "shm/mailbox/wake.hpp"

#include <algorithm>
#include <limits>

#include "shm/base/clock.hpp"
#include "shm/base/crash_point.hpp"
#include "shm/mailbox/ready_set.hpp"
#include "shm/os/futex.hpp"

namespace buskin::shm {

namespace {

constexpr std::uint32_t kSleeping = 1;  // Bit 0 of `ev`; only the sleeper sets and clears it.
constexpr std::uint32_t kOneWake = 2;   // Step of the count above it.
constexpr std::uint32_t kRoomWanted = 1;  // Bit 0 of `space`.

/// True when a sleeper was there and was woken.
bool wake_if_asleep(Thread& thread, Atomic<std::uint32_t>& ev) {
  // sync(sleep): seq_cst. After our push and ready bits: either we see the sleep bit, or the sleeper,
  //   which looks again after it has set the bit, sees what we left.
  const std::uint32_t seen = ev.load_seq_cst();
  if ((seen & kSleeping) == 0) return false;
  // This thread has ended this very sleep, and its wake is complete: the sleeper is on its way.
  if (thread.last_wake.ev == &ev && thread.last_wake.value == seen) return false;
  // sync(sleep): seq_cst. The count turns back a sleeper that is between its last look and the kernel.
  thread.last_wake = {&ev, ev.add_seq_cst(kOneWake) + kOneWake};
  // crash(wake_counted): this sender wakes nobody. The repairer wakes the target of our op record
  //   anyway, and any other sender still sees the sleep bit.
  crash_point("wake_counted");
  futex_wake(ev, 1);
  return true;
}

}  // namespace

namespace detail {

void kick_parked(Thread& thread, ActorIndex index) {
  Segment& segment = thread.segment();
  // sync(wake_target): seq_cst. After the push: an adopter writes the target before it reads `in`, so
  //   either we see the new target, or it sees our message.
  const std::uint64_t word = segment.mailbox(index).wake.load_seq_cst();
  if (word == 0) return;
  const WakeWord wake = WakeWord::unpack(word);
  if (to_bits(wake.thread) >= segment.layout().count_of(Table::Threads)) return;
  if (wake.bit != WakeWord::kNoBit) {
    if (to_bits(wake.process) >= segment.layout().count_of(Table::Processes)) return;
    if (wake.bit >= segment.superblock().counts.ready_bits) return;
    // crash(kick_begun): the message is in, its bit is not. The repairer kicks the op record's target.
    crash_point("kick_begun");
    ReadySet(segment, wake.process).set(wake.bit);
  }
  if (wake_if_asleep(thread, segment.thread(wake.thread).ev)) thread.count(Counter::Wakes);
}

std::uint32_t begin_sleep(Thread& thread) {
  // relaxed: only tells this sleep from the last one; the bit orders.
  thread.record().ev.add_relaxed(kOneWake);
  // sync(sleep): seq_cst. Before the last look of still_idle(); see wake_if_asleep().
  return thread.record().ev.or_seq_cst(kSleeping) | kSleeping;
}

void wait_for_wake(Thread& thread, std::uint32_t seen, std::uint64_t deadline_ns) {
  thread.count(Counter::Sleeps);
  thread.heap().park();
  futex_wait(thread.record().ev, seen, std::min(deadline_ns, now_ns() + kSleepMax_ns));
}

void end_sleep(Thread& thread) {
  // sync(sleep): seq_cst. From here on senders need not count us up.
  thread.record().ev.and_seq_cst(~kSleeping);
}

}  // namespace detail

void wake_thread(Segment& segment, ThreadIndex target) {
  Atomic<std::uint32_t>& ev = segment.thread(target).ev;
  // sync(sleep): seq_cst. Counts in every case: what the caller wrote before stands above it, and a
  //   sleeper that has not yet set its bit looks again after it has.
  if ((ev.add_seq_cst(kOneWake) & kSleeping) != 0) futex_wake(ev, 1);
}

void wake_target_of(Segment& segment, ActorIndex index) {
  // sync(wake_target): seq_cst. As in kick_parked(): either we see the new target, or it sees what the caller wrote.
  const WakeWord wake = WakeWord::unpack(segment.mailbox(index).wake.load_seq_cst());
  if (to_bits(wake.thread) < segment.layout().count_of(Table::Threads)) wake_thread(segment, wake.thread);
}

void wake_for_room(Mailbox& mailbox) {
  // sync(room): seq_cst. Takes the bit back and counts in one step: a waiter that was about to sleep
  //   sees another count; one that comes later sets the bit again.
  std::uint32_t seen = mailbox.space.load_seq_cst();
  // Ends: a failed CAS is a waiter that set the bit; all later ones leave the word alone.
  while ((seen & kRoomWanted) != 0) {
    // sync(room): seq_cst. As above.
    if (mailbox.space.cas_seq_cst(seen, seen + kRoomWanted)) break;  // Carries the bit into the count.
  }
  // crash(room_counted): waiters that sleep already look by themselves when their slice is over.
  crash_point("room_counted");
  futex_wake(mailbox.space, std::numeric_limits<int>::max());
}

bool park(Segment& segment, ActorIndex index, const std::uint64_t (&done)[kLaneCount]) {
  Mailbox& mailbox = segment.mailbox(index);
  // sync(park): seq_cst. Before `in` is read again; kick() reads it after the push.
  mailbox.sched.store_seq_cst(static_cast<std::uint32_t>(Sched::Idle));
  // sync(room): seq_cst. A waiter's bit is here already, or it is set upon this and the waiter sees all our
  //   `done`. A mere load could miss the bit while the waiter misses the last `done`.
  if ((mailbox.space.add_seq_cst(0) & kRoomWanted) != 0) wake_for_room(mailbox);
  for (std::size_t lane = 0; lane < kLaneCount; ++lane) {
    // sync(push): seq_cst. The partner of the push's CAS in the pair that park and kick make.
    const HeadWord head = HeadWord::unpack(mailbox.in[lane].load_seq_cst());
    if (seq_distance(head.seq, done[lane]) == 0) continue;
    unpark(segment, index);
    return true;
  }
  return false;
}

void unpark(Segment& segment, ActorIndex index) {
  // sync(park): seq_cst. From here on senders leave us alone; we poll.
  segment.mailbox(index).sched.store_seq_cst(static_cast<std::uint32_t>(Sched::Polled));
}

}  // namespace buskin::shm
