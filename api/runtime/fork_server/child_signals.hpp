// ChildSignals: the SIGCHLD of a fork server, counted, for the thread that sleeps on its futex word.
//
// The handlers count a signal and add to the word. So a signal that arrives before the thread sleeps
// turns the sleep back, and one that arrives later interrupts it.
//
// Threads: one that asks. There is one such object in a process, because signals belong to the process.
#pragma once

#include <signal.h>

#include <cstdint>
#include <initializer_list>

#include "shm/memory/thread.hpp"

namespace buskin::runtime {

class ChildSignals {
 public:
  static constexpr std::initializer_list<int> kNumbers{SIGCHLD};

  /// `thread` is woken, and outlives this object.
  explicit ChildSignals(shm::Thread& thread);
  ~ChildSignals();
  ChildSignals(const ChildSignals&) = delete;
  ChildSignals& operator=(const ChildSignals&) = delete;

  /// Has a signal come that take() has not seen?
  bool has_any() const;
  /// Marks what has come as seen. The caller looks at its children afterwards, not before.
  void take();
  /// As if a signal had come: there may be more to look at.
  void add();
  /// The signals do what they do by default: for a forked child.
  static void restore_defaults();

 private:
  std::uint32_t taken_ = 0;
};

}  // namespace buskin::runtime
