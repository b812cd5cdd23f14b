// Message<T>: a message in hand. Kept<T>: one that outlives its turn.
//
// A message is read where its sender wrote it: in shared memory, without a copy. When the
// handler has returned, that memory belongs to somebody else. So a Message is a move-only
// lease on it: do not store pointers into it; keep() the message instead.
#pragma once

#include <cstdint>
#include <utility>

#include "buskin/detail/build.hpp"
#include "buskin/detail/endpoint.hpp"
#include "buskin/error.hpp"
#include "buskin/original.hpp"

namespace buskin::inline v0 {

class Context;

/// A message that its reader owns: for data that is needed after the handler has returned, and is too large to copy.
/// Its memory goes back when it is destroyed. It is lost with the process, so an actor that may be restarted copies
/// or saves what it cannot do without.
///
/// Threads: one at a time, any of the program's. Cost: no copy; its memory counts as used as long as it lives.
template <class T>
class Kept {
 public:
  explicit Kept(detail::LeasePtr lease) : lease_(std::move(lease)), view_(lease_->delivery.bytes) {}

  const T* operator->() const { return view().get(); }
  const T& operator*() const { return *view().get(); }
  Address sender() const { return delivery().sender; }
  std::uint64_t id() const { return delivery().message_id; }

 private:
  const detail::Incoming& delivery() const {
    if (lease_ == nullptr) [[unlikely]] detail::message_was_taken();
    return lease_->delivery;
  }
  /// The bytes move when the turn that kept them is repeated.
  const detail::View<T>& view() const {
    if (const std::byte* const now = delivery().bytes.data(); now != at_) {
      view_ = detail::View<T>(delivery().bytes);
      at_ = now;
    }
    return view_;
  }

  detail::LeasePtr lease_;
  mutable detail::View<T> view_;
  mutable const std::byte* at_ = lease_->delivery.bytes.data();
};

/// Valid until its handler returns, or until keep(), Context::forward() or a move takes it: after that each use ends
/// the program with a sentence.
///
/// Threads: that of the turn. Cost: none; reading is reading memory.
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

  const T* operator->() const { return checked_view().get(); }
  const T& operator*() const { return *checked_view().get(); }

  /// Who sent it first; nobody when it came from outside any actor or client.
  Address sender() const { return delivery().sender; }
  /// 1 at the first delivery; one more after each failed one.
  std::uint32_t attempt() const { return delivery().attempt; }
  /// True when it may have been seen before: here, or because its sender's turn was repeated.
  bool redelivered() const { return delivery().redelivered; }
  /// The same at every attempt: the key for idempotent side effects.
  std::uint64_t id() const { return delivery().message_id; }

  /// The message that a PoisonMessage, Undeliverable or DeadLetter is about, read where its sender wrote it; null when
  /// that is not an M, or when there was no memory to bring it. Valid as long as the notice is in hand.
  template <class M>
  detail::Seen<M> original() const {
    static_assert(detail::BringsOriginal<T>,
                  "buskin: only PoisonMessage, Undeliverable and DeadLetter bring the message that they are about");
    return detail::see_as<M>(endpoint_->original(delivery()));
  }
  /// The same for forward(). This one is empty afterwards.
  Original original() && {
    static_assert(detail::BringsOriginal<T>,
                  "buskin: only PoisonMessage, Undeliverable and DeadLetter bring the message that they are about");
    return Original(take());
  }

  /// Takes the message out of its turn. This one is empty afterwards.
  Kept<T> keep() && { return Kept<T>(endpoint_->keep(take())); }

  /// For Context::forward.
  detail::Incoming& release() && { return take(); }

 private:
  detail::Incoming& delivery() const {
    if (delivery_ == nullptr) [[unlikely]] detail::message_was_taken();
    return *delivery_;
  }
  const detail::View<T>& checked_view() const {
    if (delivery_ == nullptr) [[unlikely]] detail::message_was_taken();
    return view_;
  }
  detail::Incoming& take() {
    detail::Incoming& taken = delivery();
    delivery_ = nullptr;
    return taken;
  }

  detail::Endpoint* endpoint_;
  detail::Incoming* delivery_;
  detail::View<T> view_;
};

}  // namespace buskin::v0
