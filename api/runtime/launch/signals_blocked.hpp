// SignalsBlocked: all signals, or some, wait while this lives; also in a thread that is made meanwhile.
//
// A signal that came to one of our threads would not wake the thread of the program that waits for it.
#pragma once

#include <signal.h>

#include <initializer_list>

namespace buskin::runtime {

class SignalsBlocked {
 public:
  SignalsBlocked() {
    sigset_t all;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_BLOCK, &all, &before_);
  }
  explicit SignalsBlocked(std::initializer_list<int> some) {
    sigset_t chosen;
    ::sigemptyset(&chosen);
    for (const int number : some) ::sigaddset(&chosen, number);
    ::pthread_sigmask(SIG_BLOCK, &chosen, &before_);
  }
  ~SignalsBlocked() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;

 private:
  sigset_t before_{};
};

}  // namespace buskin::runtime
