// Dying: an actor dies of a signal, on every base. In an actor process the signal is real; elsewhere the death is
// injected.
#pragma once

#include <unistd.h>

#include <csignal>

#include "api/runtime/node/crash_injection.hpp"

namespace dying {

/// The process that ran main(). In a fork server this is the fork server, so it is never an actor process.
inline const pid_t kMain = ::getpid();

/// Ends the current turn and everything that lives in its process. Never returns.
inline void die(int signal) {
  if (::getpid() != kMain) ::raise(signal);
  buskin::runtime::crash_now(signal);
}

}  // namespace dying
