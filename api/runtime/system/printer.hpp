// Printer: prints the lines of the actors that this client created, on its error stream.
//
// Threads: one of its own, a LogFollower.
#pragma once

#include <optional>

#include "api/runtime/host/host.hpp"
#include "api/runtime/launch/event_fd.hpp"
#include "api/runtime/log/log_follower.hpp"

namespace buskin::runtime {

class Printer {
 public:
  /// Throws std::runtime_error with a sentence when there is no thread or descriptor for it. Must end before `host`
  /// does, and then prints what has come by that time, as far as the stream takes it at once.
  explicit Printer(Host& host);
  Printer(const Printer&) = delete;
  Printer& operator=(const Printer&) = delete;
  ~Printer();

 private:
  void print(std::string_view line);
  bool has_room() const;

  EventFd end_;
  std::optional<LogFollower> follower_;
};

}  // namespace buskin::runtime
