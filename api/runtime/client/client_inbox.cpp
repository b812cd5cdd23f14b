// ClientInbox: each call looks first whether the system is there.
#include "api/runtime/client/client_inbox.hpp"

#include <utility>

#include "buskin/closed_endpoint.hpp"
#include "shm/base/check.hpp"

namespace buskin::runtime {

/// What follows a poll, also when its handler throws.
struct ClientInbox::Resumed {
  ClientInbox& inbox;
  ~Resumed() {
    if (inbox.watcher_ != nullptr) inbox.resume();
  }
};

ClientInbox::ClientInbox(Node& node, std::shared_ptr<InboxRegistry> registry)
    : registry_(std::move(registry)), node_(&node),
      client_(Client::open(node, node.thread(), Unread::OldNoticesGo)), address_(client_->self()) {}

ClientInbox::~ClientInbox() {
  if (forks_.is_forked()) {
    keep_for_ever(std::move(watcher_));
    keep_for_ever(std::move(client_));
    return;
  }
  registry_->remove(*this);  // From here on only this thread knows it.
  if (node_ != nullptr) cut(Code::WrongUse);
}

detail::ClientEndpoint& ClientInbox::endpoint() {
  if (forks_.is_forked()) return detail::closed_endpoint(Code::Forked);
  const std::lock_guard lock(mutex_);
  return node_ == nullptr ? detail::closed_endpoint(Code::ShuttingDown) : client();
}

std::size_t ClientInbox::poll(const Handler& handler) {
  if (forks_.is_forked()) return 0;
  const std::lock_guard lock(mutex_);
  if (node_ != nullptr) node_->run_until_idle();
  if (fd_) fd_->clear();
  if (node_ == nullptr) return show_stop(handler);
  const Resumed resumed{*this};
  Client& client = this->client();
  return client.take([&](detail::Incoming& incoming) {
    AnyMessage message(client, incoming);
    handler(message);
  });
}

bool ClientInbox::wait(Duration timeout) {
  if (forks_.is_forked()) return false;
  const std::lock_guard lock(mutex_);
  return node_ == nullptr ? stop_.has_value() : client().wait_for_mail(timeout);
}

int ClientInbox::fd() {
  if (forks_.is_forked()) return fd_ ? fd_->fd() : -1;
  const std::lock_guard lock(mutex_);
  if (fd_) return fd_->fd();
  auto& fd = fd_.emplace();
  if (node_ == nullptr) {
    if (stop_) fd.add();
    return fd.fd();
  }
  try {
    watcher_ = std::make_unique<MailWatcher>(*node_, *client_, fd);
  } catch (...) {
    fd_.reset();  // Nothing would make it readable; the next call tries again.
    throw;
  }
  client().set_watcher(watcher_->record(), [this] { resume(); });
  return fd.fd();
}

void ClientInbox::close() {
  BUSKIN_CHECK(!forks_.is_forked());
  const std::lock_guard lock(mutex_);
  if (client_->has_news_of_stop()) stop_ = node_->system_stop().notice();
  cut(Code::ShuttingDown);
  if (fd_ && stop_) fd_->add();
}

/// For the calling thread: the one that made the inbox may have ended.
Client& ClientInbox::client() {
  client_->use_thread(node_->thread());
  return *client_;
}

/// Lets senders wake the watcher.
void ClientInbox::resume() {
  if (!client_->park_idle()) fd_->add();
}

void ClientInbox::cut(Code why) {
  watcher_.reset();
  client().end(why);
  node_ = nullptr;
  if (client_->is_showing()) return;  // A handler of ours ends the system; poll() goes on when it returns.
  client_.reset();
}

std::size_t ClientInbox::show_stop(const Handler& handler) {
  if (!stop_) return 0;
  const SystemStopped notice = *std::exchange(stop_, std::nullopt);
  detail::Incoming incoming = incoming_of(notice);
  AnyMessage message(detail::closed_endpoint(Code::ShuttingDown), incoming);
  handler(message);
  return 1;
}

}  // namespace buskin::runtime
