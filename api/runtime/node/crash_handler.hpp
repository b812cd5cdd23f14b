// crash_handler: records the signal of which a thread dies, and the message that it was handling.
//
// The handler writes addresses into the thread's own record in the segment; a reader of the record finds the names.
// Then the signal ends the process.
#pragma once

#include "shm/memory/thread.hpp"

namespace buskin::runtime {

/// From now on, fatal signals of the calling thread are recorded in the record of `thread`, which is its own.
/// Handlers that the program or a sanitizer has installed stay.
void install_crash_handler(shm::Thread& thread);

/// Writes what the handler writes, for the message in hand. An injected crash calls it, because no signal comes.
void record_fault(shm::Thread& thread, int signal, std::uint64_t address);

}  // namespace buskin::runtime
