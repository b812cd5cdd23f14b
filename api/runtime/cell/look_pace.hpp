// LookPace: when an actor looks for what overtakes its messages.
//
// Replies, orders and deadlines come before messages. To look for them costs a line that
// all senders write, and a clock, so a busy actor does it once in many messages. But it
// does it as soon as a tick of the coarse clock has passed since the last look: a
// handler may take long.
#pragma once

#include <cstdint>

#include "shm/base/clock.hpp"

namespace buskin::runtime {

class LookPace {
 public:
  /// At most so many messages are handled between two looks.
  static constexpr std::uint32_t kMessagesPerLook = 64;
  /// The clock is read once in so many messages, unless time was passing at the last look, or something is awaited.
  static constexpr std::uint32_t kMessagesPerClock = 8;

  /// Is a look due, before the next message? `is_awaiting`: a reply, a deadline or a timer is to come.
  bool is_due(bool is_awaiting, std::uint64_t (*coarse)() = shm::coarse_now_ns) {
    if (messages_left_ == 0) return true;
    if (messages_left_ % kMessagesPerClock != 0 && !is_awaiting && !is_slow_) [[likely]] return false;
    is_slow_ = coarse() != looked_ns_;
    return is_slow_;
  }
  /// The next message comes after a look.
  void look_next() { messages_left_ = 0; }
  /// There is nothing that comes before the messages, of which so many are fetched.
  void looked(std::uint32_t fetched, std::uint64_t (*coarse)() = shm::coarse_now_ns) {
    messages_left_ = kMessagesPerLook;
    // The one after the last is preceded by a look all the same.
    if (fetched > 1) looked_ns_ = coarse();
  }
  void handle_one() { --messages_left_; }

 private:
  std::uint64_t looked_ns_ = 0;
  std::uint32_t messages_left_ = 0;
  bool is_slow_ = false;
};

}  // namespace buskin::runtime
