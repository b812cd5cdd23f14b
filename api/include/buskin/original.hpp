// Original: the message that a notice brings, for forward().
//
// PoisonMessage, Undeliverable and DeadLetter come with the message that they are about, where its sender wrote it:
// `notice.original<T>()` reads it, and `context.forward(to, std::move(notice).original())` passes it on without a copy.
#pragma once

#include <concepts>
#include <optional>
#include <type_traits>

#include "buskin/detail/build.hpp"
#include "buskin/detail/endpoint.hpp"
#include "buskin/system_messages.hpp"

namespace buskin::inline v0 {

namespace detail {

template <class T>
concept BringsOriginal =
    std::same_as<T, PoisonMessage> || std::same_as<T, Undeliverable> || std::same_as<T, DeadLetter>;

/// A message that may be something else: null, or without a value, then. Text and its like are views, which lie nowhere
/// in the message, so they are returned as they are.
template <class T>
using Seen = std::conditional_t<RawMessage<T>, std::optional<T>, const T*>;

/// Another program may have built a message of this name from another schema.
template <class T>
bool is_a(const Incoming& message) {
  if (message.info == nullptr) return message.type_name == message_name<T>();
  return message.info->id == message_id<T> && has_schema<T>(*message.info);
}
template <class T>
Seen<T> see_as(const Incoming& message) {
  if (!is_a<T>(message)) return {};
  return Seen<T>(*View<T>(message.bytes).get());
}
template <class T>
  requires(!RawMessage<T>)
Seen<T> see_as(const Incoming& message) {
  return is_a<T>(message) ? View<T>(message.bytes).get() : nullptr;
}

}  // namespace detail

/// Made by original(); for forward(), in the same turn or poll.
class Original {
 public:
  explicit Original(detail::Incoming& notice) : notice_(&notice) {}

  /// For forward().
  detail::Incoming& notice() const { return *notice_; }

 private:
  detail::Incoming* notice_;
};

}  // namespace buskin::v0
