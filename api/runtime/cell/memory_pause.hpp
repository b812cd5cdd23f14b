// MemoryPause: how long an actor waits before it begins a turn again for which there was no memory.
//
// The pause doubles while the same message finds none, up to a bound. A part that differs from time to time is
// subtracted, so that two actors which need each other's memory do not take it in step for ever.
#pragma once

#include <algorithm>
#include <cstdint>

namespace buskin::runtime {

/// Threads: the one that runs the actor.
class MemoryPause {
 public:
  static constexpr std::uint64_t kLeast_ns = 1'000'000;
  static constexpr std::uint64_t kMost_ns = 100'000'000;

  bool is_on() const { return until_ns_ != 0; }
  /// 0: it is off.
  std::uint64_t until_ns() const { return until_ns_; }

  /// Begins a pause because of the turn that `message` names. True for the first one because of it.
  bool begin(std::uint64_t now_ns, std::uint64_t message) {
    const bool is_first = length_ns_ == 0 || message != message_;
    message_ = message;
    length_ns_ = is_first ? kLeast_ns : std::min(2 * length_ns_, kMost_ns);
    until_ns_ = now_ns + length_ns_ - now_ns % (length_ns_ / 4);
    return is_first;
  }
  /// Is it on at this time? Ends it when it is over.
  bool holds(std::uint64_t now_ns) {
    if (until_ns_ != 0 && now_ns >= until_ns_) until_ns_ = 0;
    return is_on();
  }

 private:
  std::uint64_t until_ns_ = 0;
  std::uint64_t length_ns_ = 0;
  std::uint64_t message_ = 0;
};

}  // namespace buskin::runtime
