// ClientInbox: a mailbox of a client for a loop of its own.
//
// A program may keep an Inbox longer than its ActorSystem, and may use it while another thread destroys that. So a
// system closes its inboxes when it ends: then the slot is closed, and the inbox shows SystemStopped and nothing
// more. In a forked child it does nothing: mailbox and watcher are the parent's.
//
// fd(): a thread sleeps on the mailbox instead of the client and turns mail into an eventfd; without a call of fd()
// there is no such thread.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>

#include "api/runtime/client/client.hpp"
#include "api/runtime/client/inbox_registry.hpp"
#include "api/runtime/client/mail_watcher.hpp"
#include "api/runtime/launch/event_fd.hpp"
#include "buskin/inbox.hpp"

namespace buskin::runtime {

class ClientInbox final : public detail::InboxImpl {
 public:
  using Handler = std::function<void(AnyMessage&)>;

  /// Throws std::runtime_error when there is no memory for its mailbox.
  ClientInbox(Node& node, std::shared_ptr<InboxRegistry> registry);
  ~ClientInbox() override;

  Address address() const override { return address_; }
  detail::ClientEndpoint& endpoint() override;
  std::size_t poll(const Handler& handler) override;
  bool wait(Duration timeout) override;
  int fd() override;

  /// Wakes the thread that waits for mail. Any thread.
  void wake() { client_->wake(); }
  /// The system ends: closes the mailbox, and keeps the notice to show it. Waits for a call of another thread.
  void close();

 private:
  struct Resumed;
  Client& client();
  void resume();
  void cut(Code why);
  std::size_t show_stop(const Handler& handler);

  ForkMark forks_;
  std::shared_ptr<InboxRegistry> registry_;
  std::recursive_mutex mutex_;  // A call, and the end of the system. A handler may call, and may end the system.
  Node* node_;                  // Null when the system is gone.
  std::unique_ptr<Client> client_;
  const Address address_;
  std::optional<EventFd> fd_;
  std::unique_ptr<MailWatcher> watcher_;
  std::optional<SystemStopped> stop_;  // Not shown when the system ended.
};

}  // namespace buskin::runtime
