// Wake: how a sender wakes a receiver, and how a receiver sleeps without missing one.
//
// A mailbox names in `wake` the thread record whose futex word `ev` its host
// sleeps on, and, where that host serves many mailboxes, its bit in the host
// process's ready map. Only the sleeper sets and clears the sleep bit of `ev`,
// so a sender depends on no other sender's unfinished wake; each one runs every step.
#pragma once

#include <cstdint>

#include "shm/memory/thread.hpp"

namespace buskin::shm {

/// Steps k1 to k4 after a push. The wake word is read here, after the push.
/// Cost: one read of a line that hardly changes, while the receiver polls.
void kick(Thread& thread, ActorIndex index);

/// Wakes the sleeper of `target`'s record, whatever it waits for. No mailbox is involved.
void wake_thread(Segment& segment, ThreadIndex target);

/// The same for the thread that serves a mailbox.
void wake_target_of(Segment& segment, ActorIndex index);

/// Wakes all senders that wait for room in `mailbox`.
void wake_for_room(Mailbox& mailbox);

/// The consumer leaves its polling loop: sched = Idle, then `in` is read again. True when something
/// came meanwhile (sched is Polled again then). Senders that wait for room are woken.
bool park(Segment& segment, ActorIndex index, const std::uint64_t (&done)[kLaneCount]);
void unpark(Segment& segment, ActorIndex index);

/// Sleeps on the thread's own `ev` unless `still_idle()` says otherwise after the sleep bit is set.
/// Returns when woken or at `deadline_ns`; the caller looks again in every case. Bounded by 10 s.
template <class StillIdle>
void sleep_until(Thread& thread, std::uint64_t deadline_ns, StillIdle still_idle);

inline constexpr std::uint64_t kSleepMax_ns = 10'000'000'000;

namespace detail {
void kick_parked(Thread& thread, ActorIndex index);
std::uint32_t begin_sleep(Thread& thread);
void wait_for_wake(Thread& thread, std::uint32_t seen, std::uint64_t deadline_ns);
void end_sleep(Thread& thread);
}  // namespace detail

inline void kick(Thread& thread, ActorIndex index) {
  // sync(park): seq_cst. Comes after the push in the one order of both: either we see Idle here, or
  //   park() sees the message when it reads `in` again.
  const std::uint32_t sched = thread.segment().mailbox(index).sched.load_seq_cst();
  if (sched == static_cast<std::uint32_t>(Sched::Polled)) return;
  detail::kick_parked(thread, index);
}

template <class StillIdle>
void sleep_until(Thread& thread, std::uint64_t deadline_ns, StillIdle still_idle) {
  const std::uint32_t seen = detail::begin_sleep(thread);
  if (still_idle()) detail::wait_for_wake(thread, seen, deadline_ns);
  detail::end_sleep(thread);
}

}  // namespace buskin::shm
