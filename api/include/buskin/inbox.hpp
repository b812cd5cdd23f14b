// Inbox: a mailbox of a client, for a loop of its own.
#pragma once

#include <functional>
#include <memory>

#include "buskin/message.hpp"

namespace buskin::inline v0 {

/// Any message, before its type is known.
class AnyMessage {
 public:
  AnyMessage(detail::Endpoint& endpoint, detail::Incoming& delivery) : endpoint_(&endpoint), delivery_(&delivery) {}

  const char* type_name() const { return delivery_->type_name.data(); }
  Address sender() const { return delivery_->sender; }
  template <class T>
  bool is() const {
    return delivery_->info != nullptr ? delivery_->info->id == detail::message_id<T>
                                      : delivery_->type_name == detail::message_name<T>();
  }
  /// The message as a T, or null when it is something else. Valid until poll() goes on.
  template <class T>
  const T* as() {
    if (!is<T>()) return nullptr;
    if constexpr (detail::RawMessage<T>) {
      static thread_local T value;
      value = T(delivery_->bytes);
      return &value;
    } else {
      return detail::View<T>(delivery_->bytes).get();
    }
  }
  /// Takes it out of the poll. Requires is<T>().
  template <class T>
  Kept<T> keep() {
    return Kept<T>(endpoint_->keep(*delivery_));
  }

 private:
  detail::Endpoint* endpoint_;
  detail::Incoming* delivery_;
};

namespace detail {
class InboxImpl {
 public:
  virtual ~InboxImpl() = default;
  virtual Address address() const = 0;
  virtual std::size_t poll(const std::function<void(AnyMessage&)>& handler) = 0;
  virtual bool wait(Duration timeout) = 0;
  virtual int fd() = 0;
};
}  // namespace detail

/// Threads: one at a time. Several per process.
class Inbox {
 public:
  explicit Inbox(std::unique_ptr<detail::InboxImpl> impl) : impl_(std::move(impl)) {}

  Address address() const { return impl_->address(); }
  /// Handles what is there, and never waits. Returns how many.
  std::size_t poll(const std::function<void(AnyMessage&)>& handler) { return impl_->poll(handler); }
  /// Waits until there is a message; false at the deadline.
  bool wait(Duration timeout) { return impl_->wait(timeout); }
  /// Readable while messages may be there: for epoll, Asio, Qt. poll() clears it. Costs a helper
  /// thread of the process and one more wake-up.
  int fd() { return impl_->fd(); }

 private:
  std::unique_ptr<detail::InboxImpl> impl_;
};

}  // namespace buskin::v0
