// Inbox: a mailbox of a client, for a loop of its own.
//
// A program that has its own loop (epoll, Asio, Qt, a control cycle) must not block in ask().
// An Inbox is an address that it polls when it likes, or whose fd() its loop waits for. It is a sender, too: what it
// sends comes from this address, and what comes back comes to it.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <utility>

#include "buskin/any_message.hpp"
#include "buskin/closed_endpoint.hpp"
#include "buskin/verbs.hpp"

namespace buskin::inline v0 {

namespace detail {
class InboxImpl {
 public:
  virtual ~InboxImpl() = default;
  virtual Address address() const = 0;
  /// The endpoint that the verbs use; for the calling thread until the next call of another one.
  virtual ClientEndpoint& endpoint() = 0;
  virtual std::size_t poll(const std::function<void(AnyMessage&)>& handler) = 0;
  virtual bool wait(Duration timeout) = 0;
  virtual int fd() = 0;
};
}  // namespace detail

/// Its verbs (send, request, forward, ...) stand in verbs.hpp. A `request` is answered to its Pending, by wait(); its
/// answer does not come to poll().
///
/// Ordinary messages that nobody polls stay, and when `kMailboxCapacityDefault` of them wait, those who send more
/// wait for room. Notices about what it sent (Undeliverable, PoisonMessage, DeadLetter) have no such bound, so when
/// more than kUnreadMax messages wait while it sends, the oldest go as long as they are notices, counted as `unread`.
///
/// Several per process. Threads: any, one at a time.
class Inbox : public Verbs<Inbox> {
 public:
  explicit Inbox(std::unique_ptr<detail::InboxImpl> impl) : impl_(std::move(impl)) {}

  Address address() const { return impl_ == nullptr ? Address() : impl_->address(); }
  /// Handles what is there, and never waits. Returns how many messages it handled.
  std::size_t poll(const std::function<void(AnyMessage&)>& handler) {
    return impl_ == nullptr ? 0 : impl_->poll(handler);
  }
  /// Waits until there is a message; false at the deadline.
  bool wait(Duration timeout) { return impl_ != nullptr && impl_->wait(timeout); }
  /// Readable while messages may be there: for epoll, Asio, Qt. poll() clears it. Costs a helper thread of the process
  /// and one more wake-up. Throws std::runtime_error with a sentence when the process can have no more descriptors or
  /// threads; a later call tries again.
  int fd() { return impl_ == nullptr ? -1 : impl_->fd(); }

 private:
  friend detail::Door<Inbox>;
  detail::ClientEndpoint& own_endpoint() const {
    return impl_ == nullptr ? detail::closed_endpoint(Code::WrongUse) : impl_->endpoint();
  }

  std::unique_ptr<detail::InboxImpl> impl_;
};

}  // namespace buskin::v0
