// ActorSignals: what the signals of an operator ask of an actor process.
//
//   TERM, QUIT      each of its actors gets exit; from the second signal on exit(now)
//   HUP, INT, USR2  one line in the log, and nothing else
//   USR1            the state of each of its actors, in the log
//
// A handler that the program has installed wins, before this object is made and after. A handler of ours
// remembers the signal and wakes the thread that serves the process; that thread does the rest in handle().
//
// Threads: the one that made it. There is one such object in a process, because signals belong to the process.
#pragma once

#include <cstdint>

#include "api/runtime/host/host.hpp"

namespace buskin::runtime {

class ActorSignals {
 public:
  /// The calling thread is the one that is woken.
  explicit ActorSignals(Host& host);
  ~ActorSignals();
  ActorSignals(const ActorSignals&) = delete;
  ActorSignals& operator=(const ActorSignals&) = delete;

  /// Has a signal come that handle() has not seen?
  bool has_any() const;
  /// Does what the signals ask for.
  void handle();

 private:
  void end_actors();
  void log_state() const;

  Host& host_;
  bool is_asked_to_end_ = false;
};

}  // namespace buskin::runtime
