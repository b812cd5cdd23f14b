// AnyMessage: a message at a client, before its type is known.
//
// An actor's contract says which types come; to the mailbox of a client anything may come. So its reader asks
// a message what it is.
#pragma once

#include <cstddef>
#include <new>
#include <type_traits>

#include "buskin/message.hpp"

namespace buskin::inline v0 {

/// Valid until the handler returns to which poll() or listen() gave it, or until keep() or forward() takes it: after
/// that each use ends the program with a sentence.
///
/// Threads: that of the handler. Cost: none; reading is reading memory.
class AnyMessage {
 public:
  AnyMessage(detail::Endpoint& endpoint, detail::Incoming& delivery) : endpoint_(&endpoint), delivery_(&delivery) {}
  AnyMessage(const AnyMessage&) = delete;
  AnyMessage& operator=(const AnyMessage&) = delete;

  const char* type_name() const { return delivery().type_name.data(); }
  Address sender() const { return delivery().sender; }
  template <class T>
  bool is() const {
    return detail::is_a<T>(delivery());
  }
  /// The message as a T, or null when it is something else. Valid as long as this object; a Text and its like are views
  /// that lie in this object, so copy the view and not the pointer.
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
    return Kept<T>(endpoint_->keep(std::move(*this).release()));
  }

  /// The message that a PoisonMessage, Undeliverable or DeadLetter is about, read where its sender wrote it; null when
  /// that is not a T, when this is another message, or when there was no memory to bring it. Valid as long as this
  /// message is in hand.
  template <class T>
  detail::Seen<T> original() const {
    return detail::see_as<T>(endpoint_->original(delivery()));
  }
  /// The same for forward(). This one is empty afterwards.
  Original original() && { return Original(std::move(*this).release()); }

  /// For forward().
  detail::Incoming& release() && {
    detail::Incoming& taken = delivery();
    delivery_ = nullptr;
    return taken;
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

}  // namespace buskin::v0
