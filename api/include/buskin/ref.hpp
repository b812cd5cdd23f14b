// Ref<A>: the address of an actor of type A. A value without verbs.
//
// It adds the contract to an Address: sending a message that A does not take
// does not compile. An Address becomes a Ref unchecked; a wrong one shows as
// `not_handled` at the sender.
#pragma once

#include "buskin/address.hpp"

namespace buskin::inline v0 {

template <class A>
class Ref {
 public:
  using Actor = A;

  constexpr Ref() = default;
  constexpr explicit Ref(Address address) : address_(address) {}
  template <detail::WireAddress S>
  explicit Ref(const S& wire) : address_(wire) {}

  constexpr Address address() const { return address_; }
  constexpr operator Address() const { return address_; }
  explicit constexpr operator bool() const { return static_cast<bool>(address_); }
  friend constexpr bool operator==(const Ref&, const Ref&) = default;

 private:
  Address address_;
};

}  // namespace buskin::v0

template <class A>
struct std::hash<buskin::Ref<A>> {
  std::size_t operator()(const buskin::Ref<A>& ref) const noexcept {
    return std::hash<buskin::Address>{}(ref.address());
  }
};
