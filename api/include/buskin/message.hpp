// Message<T>: a message in hand. Kept<T>: one that outlives its turn.
//
// A move-only lease on shared memory: reading copies nothing. After the handler
// has returned the memory belongs to somebody else, so do not store pointers
// into it; keep() the message instead.
#pragma once

#include <cstdint>
#include <utility>

#include "buskin/detail/build.hpp"
#include "buskin/detail/endpoint.hpp"

namespace buskin::inline v0 {

class Context;

/// A message that its reader owns. Frees its memory when destroyed. Lost with the process.
template <class T>
class Kept {
 public:
  explicit Kept(detail::LeasePtr lease) : lease_(std::move(lease)), view_(lease_->delivery.bytes) {}

  const T* operator->() const { return view().get(); }
  const T& operator*() const { return *view().get(); }
  Address sender() const { return lease_->delivery.sender; }
  std::uint64_t id() const { return lease_->delivery.message_id; }

 private:
  /// The bytes move when the turn that kept them is repeated.
  const detail::View<T>& view() const {
    if (const std::byte* const now = lease_->delivery.bytes.data(); now != at_) {
      view_ = detail::View<T>(lease_->delivery.bytes);
      at_ = now;
    }
    return view_;
  }

  detail::LeasePtr lease_;
  mutable detail::View<T> view_;
  mutable const std::byte* at_ = lease_->delivery.bytes.data();
};

template <class T>
class Message {
 public:
  Message(detail::Endpoint& endpoint, detail::Incoming& delivery)
      : endpoint_(&endpoint), delivery_(&delivery), view_(delivery.bytes) {}
  Message(Message&& other) noexcept
      : endpoint_(other.endpoint_), delivery_(std::exchange(other.delivery_, nullptr)), view_(other.view_) {}
  Message& operator=(Message&& other) noexcept {
    endpoint_ = other.endpoint_;
    delivery_ = std::exchange(other.delivery_, nullptr);
    view_ = other.view_;
    return *this;
  }

  const T* operator->() const { return view_.get(); }
  const T& operator*() const { return *view_.get(); }

  /// Who sent it first; nobody when it came from outside any actor or client.
  Address sender() const { return delivery_->sender; }
  /// 1 at the first delivery; one more after each failed one.
  std::uint32_t attempt() const { return delivery_->attempt; }
  /// True when it may have been seen before: here, or because its sender's turn was repeated.
  bool redelivered() const { return delivery_->redelivered; }
  /// The same at every attempt: the key for idempotent side effects.
  std::uint64_t id() const { return delivery_->message_id; }

  /// Takes the message out of its turn. The lease is empty afterwards.
  Kept<T> keep() && { return Kept<T>(endpoint_->keep(*std::exchange(delivery_, nullptr))); }

  /// For Context::forward.
  detail::Incoming& release() && { return *std::exchange(delivery_, nullptr); }

 private:
  detail::Endpoint* endpoint_;
  detail::Incoming* delivery_;
  detail::View<T> view_;
};

}  // namespace buskin::v0
