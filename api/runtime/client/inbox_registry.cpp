// InboxRegistry: a list.
#include "api/runtime/client/inbox_registry.hpp"

#include <algorithm>
#include <utility>

#include "api/runtime/client/client_inbox.hpp"
#include "shm/base/check.hpp"

namespace buskin::runtime {

void InboxRegistry::add(ClientInbox& inbox) {
  const std::lock_guard lock(mutex_);
  BUSKIN_CHECK(std::find(inboxes_.begin(), inboxes_.end(), &inbox) == inboxes_.end());
  inboxes_.push_back(&inbox);
}

void InboxRegistry::remove(ClientInbox& inbox) {
  const std::lock_guard lock(mutex_);
  std::erase(inboxes_, &inbox);
}

void InboxRegistry::wake() {
  const std::lock_guard lock(mutex_);
  for (ClientInbox* const inbox : inboxes_) inbox->wake();
}

void InboxRegistry::close() {
  const std::lock_guard lock(mutex_);
  for (ClientInbox* const inbox : std::exchange(inboxes_, {})) inbox->close();
}

}  // namespace buskin::runtime
