// MailWatcher: a thread that turns what comes to a parked mailbox into a readable descriptor.
//
// A client that waits in a loop of its own does not sleep on its mailbox. This thread does so in its place.
#pragma once

#include <thread>

#include "api/runtime/client/client.hpp"
#include "api/runtime/launch/event_fd.hpp"

namespace buskin::runtime {

class MailWatcher {
 public:
  /// `client` and `fd` outlive this. Throws std::runtime_error with a sentence when there is no thread for it.
  MailWatcher(Node& node, const Client& client, EventFd& fd);
  ~MailWatcher();
  MailWatcher(const MailWatcher&) = delete;
  MailWatcher& operator=(const MailWatcher&) = delete;

  /// The record whose thread a sender has to wake.
  shm::ThreadIndex record() const { return record_; }

 private:
  bool is_ending() const;
  bool has_mail() const;
  void run(shm::Thread& record);

  Node& node_;
  const Client& client_;
  EventFd& fd_;
  shm::ThreadIndex record_{};
  shm::Atomic<std::uint32_t> is_ending_{0};
  std::thread thread_;
};

}  // namespace buskin::runtime
