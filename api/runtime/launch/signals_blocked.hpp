// SignalsBlocked: blocks signals while it lives; also in a thread that is made in the meantime.
//
// A signal that is delivered to a thread of ours would not wake the thread of the program that waits for it.
// The signals of a thread's own faults stay: the crash handler records them.
#pragma once

#include <signal.h>

#include <initializer_list>

#include "shm/base/check.hpp"

namespace buskin::runtime {

class SignalsBlocked {
 public:
  /// The signals by which the kernel stops a thread that made a fault; never blocked.
  static constexpr std::initializer_list<int> kFaults{SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGTRAP, SIGSYS};

  /// Blocks all but kFaults.
  SignalsBlocked() {
    sigset_t all;
    ::sigfillset(&all);
    for (const int number : kFaults) BUSKIN_CHECK(::sigdelset(&all, number) == 0);
    block(all);
  }
  explicit SignalsBlocked(std::initializer_list<int> some) {
    sigset_t chosen;
    ::sigemptyset(&chosen);
    for (const int number : some) BUSKIN_CHECK(::sigaddset(&chosen, number) == 0);
    block(chosen);
  }
  ~SignalsBlocked() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;

 private:
  void block(const sigset_t& signals) { BUSKIN_CHECK(::pthread_sigmask(SIG_BLOCK, &signals, &before_) == 0); }

  sigset_t before_{};
};

}  // namespace buskin::runtime
