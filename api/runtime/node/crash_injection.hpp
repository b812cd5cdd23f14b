// Injection: a crash in a process that lives on, for tests of the bases that have only one.
//
// As much as possible of what a death leaves is made: the turn is not completed, what it had staged and the
// last words of its instance are gone, a fault stands in the thread's record. Then the real repairer mends
// record and actor, and the actor's policy decides. Real signals are for base Processes.
#pragma once

#include <csignal>
#include <cstdint>
#include <string>

#include "buskin/address.hpp"
#include "shm/base/atomic.hpp"

namespace buskin::runtime {

/// Leaves the handler that dies. No std::exception, so that a handler that catches those does not survive.
struct InjectedCrash {
  int signal = SIGKILL;
};

/// In a handler or a hook: its actor dies here, of this signal. One that a handler may raise itself (SIGSEGV,
/// SIGABRT, ...) is recorded and costs an attempt; others cost a kill, as an unexplained death does.
[[noreturn]] void crash_now(int signal);

/// `actor` dies in its n-th turn from now, 1 is the next: its handler has returned, and nothing of the turn is
/// completed. One crash per actor is planned at a time. Threads: any.
void crash_in_turn(Address actor, std::uint32_t turn, int signal = SIGKILL);

/// What a process's end by `signal` is called, in reasons.
std::string end_by_signal(int signal);

/// Is any crash planned? What a turn asks first.
bool has_planned_crashes();
/// One more turn of `actor` begins: the signal that ends it, or 0.
int take_planned_crash(Address actor);

}  // namespace buskin::runtime
