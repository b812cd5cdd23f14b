// LossLog: writes to the log which actor loses messages for want of room in which mailbox.
//
// One line a second for the whole process: such losses come by the million, and they are counted.
#pragma once

#include <cstdint>
#include <mutex>
#include <string_view>

#include "buskin/error.hpp"
#include "shm/segment/segment.hpp"

namespace buskin::runtime {

/// Threads: any.
class LossLog {
 public:
  struct Loss {
    shm::ActorId sender{};
    shm::ActorId receiver{};
    std::string_view type{};  ///< Name of the message.
    Code why{};
  };
  /// Writes a line about the loss, or counts it for the next line when there was one within the last second.
  void note(const shm::Segment& segment, const Loss& loss);

 private:
  std::mutex mutex_;
  std::uint64_t next_ns_ = 0;
  std::uint64_t unlogged_count_ = 0;
};

}  // namespace buskin::runtime
