// crash_injection: a crash of an actor in a process that lives on, for tests of the bases that have only one process.
//
// It leaves what a death leaves, as far as possible: the turn is not completed, its staged messages and the state of
// its instance are lost, and the thread's record has a fault. Then the real repairer repairs record and actor, and the
// actor's policy decides. On base Processes, tests use real signals.
#pragma once

#include <csignal>
#include <cstdint>
#include <string>

#include "buskin/address.hpp"
#include "shm/base/atomic.hpp"

namespace buskin::runtime {

/// Thrown to leave the handler that dies. It is not a std::exception, so a handler that catches those dies too.
struct InjectedCrash {
  int signal = SIGKILL;
};

/// Called in a handler or a hook: its actor dies here, of this signal. A signal that a handler may raise itself
/// (SIGSEGV, SIGABRT, ...) is recorded and costs an attempt; any other costs a kill, as an unexplained death does.
[[noreturn]] void crash_now(int signal);

/// `actor` dies in its n-th turn from now (1 is the next), after its handler has returned and before anything of the
/// turn is completed. A second plan for one actor replaces the first. Threads: any.
void crash_in_turn(Address actor, std::uint32_t turn, int signal = SIGKILL);

/// The sentence by which a reason says that `signal` ended the process.
std::string end_by_signal(int signal);

/// True when a crash of any actor is planned. Each turn asks this first.
bool has_planned_crashes();
/// Counts one more turn of `actor`. Returns the signal that ends it, or 0.
int take_planned_crash(Address actor);

}  // namespace buskin::runtime
