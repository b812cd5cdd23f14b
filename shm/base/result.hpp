// Result: a value, or the reason why there is none.
//
// It is for failures that another process, the kernel or the network can cause. The
// error is an enum (or a small struct) per operation, so that each call site sees
// every failure that it has to handle. Our own mistakes are a BUSKIN_CHECK instead.
//
// It holds a value and an error side by side, and not a std::variant: compilers keep the two in registers across
// a return, while they store a variant's index as one byte and load it back as eight, which stalls.
#pragma once

#include <optional>
#include <type_traits>
#include <utility>

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
  Result(T value) : value_(std::move(value)), is_ok_(true) {}
  Result(Failure<E> failure) : error_(std::move(failure.error)) {}

  bool ok() const noexcept { return is_ok_; }

  /// Requires `ok()`.
  T& value() & {
    BUSKIN_CHECK(ok());
    return held(value_);
  }
  const T& value() const& {
    BUSKIN_CHECK(ok());
    return held(value_);
  }
  T&& value() && { return std::move(value()); }

  /// Requires `!ok()`.
  const E& error() const {
    BUSKIN_CHECK(!ok());
    return error_;
  }

 private:
  static T& held(T& value) { return value; }
  static const T& held(const T& value) { return value; }
  static T& held(std::optional<T>& value) { return *value; }
  static const T& held(const std::optional<T>& value) { return *value; }

  std::conditional_t<std::is_default_constructible_v<T>, T, std::optional<T>> value_{};
  E error_{};
  bool is_ok_ = false;
};

}  // namespace buskin::shm
