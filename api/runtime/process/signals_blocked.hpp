// SignalsBlocked: no signal goes to a thread that is made while this lives.
//
// A signal that came to one of our threads would not wake the thread of the program that waits for it.
//
// Floor: runtime.
#pragma once

#include <signal.h>

namespace buskin::runtime {

class SignalsBlocked {
 public:
  SignalsBlocked() {
    sigset_t all;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_BLOCK, &all, &before_);
  }
  ~SignalsBlocked() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;

 private:
  sigset_t before_{};
};

}  // namespace buskin::runtime
