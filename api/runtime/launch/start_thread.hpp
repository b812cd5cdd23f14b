// start_thread: the one way in which the library makes a thread: it blocks signals from its first instruction on.
#pragma once

#include <stdexcept>
#include <system_error>
#include <thread>
#include <utility>

#include "api/runtime/launch/signals_blocked.hpp"
#include "buskin/error.hpp"
#include "shm/os/limits.hpp"

namespace buskin::runtime {

/// A thread that calls `run`. No signal is delivered to it but those of its own faults. `Thread` is std::thread or
/// std::jthread. StartFailed: the system has no more tasks; the sentence names the limit.
template <class Thread = std::thread, class Run>
Result<Thread> try_start_thread(Run run) {
  const SignalsBlocked blocked;  // A new thread has the mask of the thread that makes it.
  try {
    return Thread(std::move(run));
  } catch (const std::system_error& refused) {
    return Error(Code::StartFailed, "cannot start a thread: " + shm::limit_words(refused.code().value()));
  }
}

/// The same. Throws std::runtime_error with the sentence.
template <class Thread = std::thread, class Run>
Thread start_thread(Run run) {
  Result<Thread> started = try_start_thread<Thread>(std::move(run));
  if (!started.ok()) throw std::runtime_error(std::string("buskin: ") + started.error().what());
  return std::move(*started);
}

}  // namespace buskin::runtime
