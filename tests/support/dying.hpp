// Dying: an actor's death by a signal, on every base: its own in a process of its own, else an injected one.
#pragma once

#include <unistd.h>

#include <csignal>

#include "api/runtime/node/crash_injection.hpp"

namespace dying {

/// The process whose main this is. In a fork server it is that one's, and no actor process has it.
inline const pid_t kMain = ::getpid();

/// Ends the turn under way, and whatever lives in its process. Returns never.
inline void die(int signal) {
  if (::getpid() != kMain) ::raise(signal);
  buskin::runtime::crash_now(signal);
}

}  // namespace dying
