// MessageInfo: what the runtime knows of a message type.
//
// Four forms: a FlatBuffers table, a FlatBuffers struct, a plain struct of this
// library (system messages: they name themselves by `kName`), and the built-in
// Text and Bytes, whose payload is the bytes themselves.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>

#include "buskin/detail/schema_hash.hpp"
#include "buskin/detail/type_name.hpp"

namespace buskin::inline v0 {

namespace detail {

struct MessageInfo {
  std::uint64_t id;      ///< Hash of the full name.
  std::string_view name;
  std::uint64_t schema;  ///< Hash of the fields, with their names and types; 0 when it is not known.
};

template <class T>
concept SelfNamed = requires { { T::kName } -> std::convertible_to<std::string_view>; };
template <class T>
concept RawMessage = SelfNamed<T> && requires(std::span<const std::byte> bytes) { T(bytes); };
template <class T>
concept PlainMessage = SelfNamed<T> && !RawMessage<T> && std::is_trivially_copyable_v<T>;
template <class T>
concept FlatMessage = requires { { T::GetFullyQualifiedName() } -> std::convertible_to<std::string_view>; };
template <class T>
concept TableMessage = FlatMessage<T> && requires(const T& table) { T::Traits::Create; };
template <class T>
concept StructMessage = FlatMessage<T> && !TableMessage<T> && std::is_trivially_copyable_v<T>;
/// Bytes of a fixed form: sent and read as they lie in memory.
template <class T>
concept FixedMessage = StructMessage<T> || PlainMessage<T>;
template <class T>
concept AnyMessageType = TableMessage<T> || FixedMessage<T> || RawMessage<T>;

template <class T>
constexpr std::string_view message_name() {
  static_assert(AnyMessageType<T>,
                "buskin: a message is a FlatBuffers table or struct made with buskin_add_schema, or a built-in one");
  if constexpr (SelfNamed<T>) {
    return T::kName;
  } else {
    return T::Traits::fully_qualified_name;
  }
}

template <class T>
constexpr std::uint64_t schema_hash() {
  std::uint64_t hash = hash_text(message_name<T>());
  if constexpr (FlatMessage<T>) {
    hash = hash_fields<T, T>(hash);
  }
  if constexpr (FixedMessage<T>) hash = (hash ^ sizeof(T)) * 0x100'0000'01b3;
  return hash;
}

template <class T>
constexpr std::uint64_t message_id = hash_text(message_name<T>());

/// Was the message made from the schema of T that this program knows? True also when one of the two is not known.
template <class T>
bool has_schema(const MessageInfo& message) {
  return message.schema == schema_hash<T>() || message.schema == 0;
}

template <class T>
inline constexpr MessageInfo kMessageInfo{message_id<T>, message_name<T>(), schema_hash<T>()};

}  // namespace detail
}  // namespace buskin::v0
