// start_thread: the one way in which the library makes a thread: it blocks signals from its first instruction on.
#pragma once

#include <thread>
#include <utility>

#include "api/runtime/launch/signals_blocked.hpp"

namespace buskin::runtime {

/// A thread that calls `run`. No signal is delivered to it but those of its own faults. `Thread` is std::thread or
/// std::jthread. Throws std::system_error when the system has no more tasks.
template <class Thread = std::thread, class Run>
Thread start_thread(Run run) {
  const SignalsBlocked blocked;  // A new thread has the mask of the thread that makes it.
  return Thread(std::move(run));
}

}  // namespace buskin::runtime
