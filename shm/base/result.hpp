// Result: a value, or the reason why there is none.
//
// It is for failures that another process, the kernel or the network can cause. The
// error is an enum (or a small struct) per operation, so that each call site sees
// every failure that it has to handle. Our own mistakes are a BUSKIN_CHECK instead.
#pragma once

#include <utility>
#include <variant>

#include "shm/base/check.hpp"

namespace buskin::shm {

/// Marks a value as the error of a Result.
template <class E>
struct Failure {
  E error;
};
template <class E>
Failure(E) -> Failure<E>;

/// The value of an operation that has only its success to return.
struct Done {};

template <class T, class E>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Failure<E> failure) : state_(std::in_place_index<1>, std::move(failure.error)) {}

  bool ok() const noexcept { return state_.index() == 0; }

  /// Requires `ok()`.
  T& value() & {
    BUSKIN_CHECK(ok());
    return *std::get_if<0>(&state_);
  }
  const T& value() const& {
    BUSKIN_CHECK(ok());
    return *std::get_if<0>(&state_);
  }
  T&& value() && { return std::move(value()); }

  /// Requires `!ok()`.
  const E& error() const {
    BUSKIN_CHECK(!ok());
    return *std::get_if<1>(&state_);
  }

 private:
  std::variant<T, E> state_;
};

}  // namespace buskin::shm
