// SignalsBlocked: blocks all signals, or some, while it lives; also in a thread that is made in the meantime.
//
// A signal that is delivered to a thread of ours would not wake the thread of the program that waits for it.
#pragma once

#include <signal.h>

#include <initializer_list>

#include "shm/base/check.hpp"

namespace buskin::runtime {

class SignalsBlocked {
 public:
  SignalsBlocked() {
    sigset_t all;
    ::sigfillset(&all);
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
