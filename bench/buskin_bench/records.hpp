// Records: what the words cost that a message writes for the case of a death.
//
// The same loop twice in one process: once over the library as it is, once over a copy of it that was
// compiled without those words, in a namespace of its own.
#pragma once

#include <cstdint>
#include <memory>

namespace measured {

class RecordLoop {
 public:
  virtual ~RecordLoop() = default;
  /// Allocates, sends, receives and frees so many messages of 64 bytes, one at a time.
  virtual void messages(std::uint64_t count) = 0;
  /// So many messages, each handled in a turn that sends one other. As one transaction, or one after the other.
  virtual void turns(std::uint64_t count, bool is_atomic) = 0;
  /// Does what was sent and received last stand in its records?
  virtual bool has_records() const = 0;
};

std::unique_ptr<RecordLoop> loop_with_records();
std::unique_ptr<RecordLoop> loop_without_records();

}  // namespace measured
