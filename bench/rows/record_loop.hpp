// RecordLoop: the work that the rows `records/...` measure, over one build of shm.
//
// Two builds of shm are in this program: the library as it is, and a copy in another namespace that was compiled
// without the words which a message writes only for the case of a death. One implementation, segment_loop.hpp, is
// compiled once for each; this class hides from the measurement which of them it has.
#pragma once

#include <cstdint>

namespace bench {

class RecordLoop {
 public:
  virtual ~RecordLoop() = default;
  /// Allocates, sends, receives and frees `count` messages of 64 bytes, one at a time.
  virtual void messages(std::uint64_t count) = 0;
  /// Handles `count` messages, each in a turn that sends another message: as one transaction, or one after the other.
  virtual void turns(std::uint64_t count, bool is_atomic) = 0;
  /// True when the records name the message that was sent and received last.
  virtual bool has_records() const = 0;
};

}  // namespace bench
