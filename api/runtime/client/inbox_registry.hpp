// InboxRegistry: the inboxes of a process, which its system closes when it ends.
//
// An inbox and its system may end in any order, and by different threads. Both have the registry, and meet under its
// lock. Locks: the registry's first, then the inbox's.
#pragma once

#include <mutex>
#include <vector>

namespace buskin::runtime {

class ClientInbox;

/// Threads: any.
class InboxRegistry {
 public:
  void add(ClientInbox& inbox);
  void remove(ClientInbox& inbox);
  /// Wakes all that wait for an inbox's mail, so that they look at what else has happened.
  void wake();
  /// Closes all inboxes. Waits until no other thread is inside a call of one.
  void close();

 private:
  std::mutex mutex_;  // Guards what follows.
  std::vector<ClientInbox*> inboxes_;
};

}  // namespace buskin::runtime
