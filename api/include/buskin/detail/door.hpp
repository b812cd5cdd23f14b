// Door: from the verbs to the endpoint that they use.
#pragma once

#include <concepts>
#include <type_traits>

#include "buskin/detail/contract.hpp"
#include "buskin/ref.hpp"

namespace buskin::inline v0::detail {

template <class To>
concept Target = std::is_convertible_v<const To&, Address>;

/// Leads from the verbs to the endpoint that they use: `Self` has own_endpoint() and befriends this.
template <class Self>
class Door {
 protected:
  auto& endpoint() const { return static_cast<const Self&>(*this).own_endpoint(); }

  template <class T>
  static void check_takes(const Address&) {}
  template <class T, class A>
  static void check_takes(const Ref<A>&) {
    static_assert(Takes<A, T>, "buskin: the receiver's Actor<...> does not list this message");
  }
};

}  // namespace buskin::v0::detail
