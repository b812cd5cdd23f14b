// Inbox: a mailbox of a client, for a loop of its own.
//
// A program that has its own loop (epoll, Asio, Qt, a control cycle) must not block in ask().
// An Inbox is an address that it polls when it likes, or whose fd() its loop waits for.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>

#include "buskin/message.hpp"

namespace buskin::inline v0 {

/// Any message, before its type is known. Valid until the poll that shows it goes on, or until keep() takes it.
class AnyMessage {
 public:
  AnyMessage(detail::Endpoint& endpoint, detail::Incoming& delivery) : endpoint_(&endpoint), delivery_(&delivery) {}
  AnyMessage(const AnyMessage&) = delete;
  AnyMessage& operator=(const AnyMessage&) = delete;

  const char* type_name() const { return delivery().type_name.data(); }
  Address sender() const { return delivery().sender; }
  template <class T>
  bool is() const {
    return delivery().info != nullptr ? delivery().info->id == detail::message_id<T>
                                      : delivery().type_name == detail::message_name<T>();
  }
  /// The message as a T, or null when it is something else. Valid as long as this object.
  template <class T>
  const T* as() {
    if (!is<T>()) return nullptr;
    if constexpr (detail::RawMessage<T>) {
      // Text and its like are views, which lie nowhere in the message.
      static_assert(sizeof(T) <= sizeof view_ && std::is_trivially_destructible_v<T>);
      return ::new (static_cast<void*>(view_)) T(delivery().bytes);
    } else {
      return detail::View<T>(delivery().bytes).get();
    }
  }
  /// Takes it out of the poll. Requires is<T>(). This one is empty afterwards.
  template <class T>
  Kept<T> keep() {
    detail::Incoming& taken = delivery();
    delivery_ = nullptr;
    return Kept<T>(endpoint_->keep(taken));
  }

 private:
  detail::Incoming& delivery() const {
    if (delivery_ == nullptr) [[unlikely]] detail::message_was_taken();
    return *delivery_;
  }

  detail::Endpoint* endpoint_;
  detail::Incoming* delivery_;
  alignas(std::max_align_t) std::byte view_[32];
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

/// Several per process. Threads: one at a time.
class Inbox {
 public:
  explicit Inbox(std::unique_ptr<detail::InboxImpl> impl) : impl_(std::move(impl)) {}

  Address address() const { return impl_->address(); }
  /// Handles what is there, and never waits. Returns how many messages it handled.
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
