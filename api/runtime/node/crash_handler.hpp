// crash_handler: records the signal of which a thread dies, or its call of exit(), and the message in its hand.
//
// The handler writes addresses into the thread's own record in the segment; a reader of the record finds the names.
// Then the signal, or the exit code, ends the process. When a thread dies that has no record, because the program made
// it, each message that the process has in hand is recorded. A child of fork() records nothing.
#pragma once

#include "shm/memory/thread.hpp"

namespace buskin::runtime {

/// From now on, what ends the calling thread is recorded in the record of `thread`, which is its own. All threads of
/// a process are of one system.
/// Handlers that the program or a sanitizer has installed stay.
void install_crash_handler(shm::Thread& thread);

/// Records nothing any more: the segment goes. The process's other threads have ended.
void forget_crash_handler();

/// Writes what the handler writes, for the message in hand. An injected crash calls it, because no signal comes.
void record_fault(shm::Thread& thread, int signal, std::uint64_t address);

}  // namespace buskin::runtime
