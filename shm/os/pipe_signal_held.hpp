// PipeSignalHeld: while it lives, a write of this thread to a pipe without a reader fails and raises no signal.
//
// For what the library writes in a thread of the program, which may have no handler for SIGPIPE and would end.
// The signal of such a write goes to the thread that writes (pipe(7), signal(7)), so it can be taken back before the
// mask is restored.
#pragma once

#include <signal.h>

#include <ctime>

namespace buskin::shm {

class PipeSignalHeld {
 public:
  PipeSignalHeld() {
    ::sigemptyset(&pipe_);
    ::sigaddset(&pipe_, SIGPIPE);
    was_pending_ = is_pending();
    ::pthread_sigmask(SIG_BLOCK, &pipe_, &before_);
  }
  ~PipeSignalHeld() {
    const timespec now{};
    if (!was_pending_ && is_pending()) (void)::sigtimedwait(&pipe_, nullptr, &now);
    ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  PipeSignalHeld(const PipeSignalHeld&) = delete;
  PipeSignalHeld& operator=(const PipeSignalHeld&) = delete;

 private:
  static bool is_pending() {
    sigset_t pending;
    return ::sigpending(&pending) == 0 && ::sigismember(&pending, SIGPIPE) == 1;
  }

  sigset_t pipe_{};
  sigset_t before_{};
  bool was_pending_ = false;
};

}  // namespace buskin::shm
