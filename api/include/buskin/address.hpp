// Address: where an actor receives messages. A value: equal, hashable, printable, sendable.
//
// It exists before its actor does and is never reused. In a schema it is
// buskin.fbs.Address (include "buskin/address.fbs"); both convert freely.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace buskin::inline v0 {

class Address;

namespace detail {
/// A FlatBuffers struct made from buskin/address.fbs, by whatever version of FlatBuffers.
template <class S>
concept WireAddress = requires(const S& wire) {
  wire.system();
  wire.index();
  wire.generation();
} && !std::is_same_v<S, Address> && sizeof(S) == 16;
}  // namespace detail

class Address {
 public:
  constexpr Address() = default;
  constexpr Address(std::uint64_t system, std::uint32_t index, std::uint32_t generation)
      : system_(system), index_(index), generation_(generation) {}
  template <detail::WireAddress S>
  explicit Address(const S& wire) : Address(wire.system(), wire.index(), wire.generation()) {}

  constexpr std::uint64_t system() const { return system_; }
  constexpr std::uint32_t index() const { return index_; }
  constexpr std::uint32_t generation() const { return generation_; }
  /// False for a default Address: nobody.
  explicit constexpr operator bool() const { return index_ != 0; }

  friend constexpr bool operator==(const Address&, const Address&) = default;

  /// As `buskin:SYSTEM/INDEX.GENERATION`, the first in hexadecimal.
  std::string to_string() const;
  /// The reverse. Nothing when `text` is not an address.
  static std::optional<Address> parse(std::string_view text);

 private:
  std::uint64_t system_ = 0;
  std::uint32_t index_ = 0;
  std::uint32_t generation_ = 0;
};
static_assert(sizeof(Address) == 16, "the same bytes as buskin.fbs.Address");

}  // namespace buskin::v0

template <>
struct std::hash<buskin::Address> {
  std::size_t operator()(const buskin::Address& address) const noexcept {
    const auto low = std::uint64_t{address.index()} << 32 | address.generation();
    return static_cast<std::size_t>((address.system() ^ low) * 0x9e37'79b9'7f4a'7c15);
  }
};
