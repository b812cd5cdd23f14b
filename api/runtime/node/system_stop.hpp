// SystemStop: whether the system of this process has stopped, and why.
//
// The notice does not lie in the segment, because a full segment must not hide the end. Each client shows it as its
// last message.
#pragma once

#include <cstdint>
#include <mutex>
#include <string_view>

#include "buskin/system_messages.hpp"
#include "shm/base/atomic.hpp"

namespace buskin::runtime {

/// Threads: any.
class SystemStop {
 public:
  /// The first reason stands. False when there is one already.
  bool set(std::string_view reason);
  bool is_set() const;
  /// Requires is_set().
  SystemStopped notice() const;

 private:
  mutable std::mutex mutex_;  // Guards the notice.
  SystemStopped notice_;
  shm::Atomic<std::uint32_t> is_set_{0};
};

}  // namespace buskin::runtime
