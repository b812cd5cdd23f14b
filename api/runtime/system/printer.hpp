// Printer: prints the lines of the actors that this client created, on its error stream.
//
// Threads: one of its own, a Service. mailbox() any.
#pragma once

#include <future>
#include <stop_token>
#include <thread>

#include "api/runtime/host/host.hpp"

namespace buskin::runtime {

class Printer {
 public:
  /// Throws std::runtime_error when there is no memory for its mailbox. Must end before `host` does, and then
  /// prints what has come by that time.
  explicit Printer(Host& host);
  Printer(const Printer&) = delete;
  Printer& operator=(const Printer&) = delete;

  /// The mailbox for lines, each a Text.
  shm::ActorId mailbox() const { return mailbox_; }

 private:
  void serve(const std::stop_token& stop, std::promise<shm::ActorId>& opened);

  Host& host_;
  shm::ActorId mailbox_{};
  std::jthread thread_;
};

}  // namespace buskin::runtime
