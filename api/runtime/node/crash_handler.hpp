// crash_handler: a thread that dies of a signal says so, and in which message, before it dies.
//
// Written into the thread's own record in the segment; names are resolved by
// whoever reads it. The signal goes on to end the process.
#pragma once

#include "shm/memory/thread.hpp"

namespace buskin::runtime {

/// From now on the calling thread's fatal signals are recorded in `thread`'s record.
/// Handlers that others have installed (sanitizers, the program) stay.
void guard_thread(shm::Thread& thread);

/// Writes what that handler writes, for the message in hand: a crash that is injected has no signal of its own.
void record_fault(shm::Thread& thread, int signal, std::uint64_t address);

}  // namespace buskin::runtime
