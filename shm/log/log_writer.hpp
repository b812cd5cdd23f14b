// LogWriter: writes lines into the ring of this process. It never waits: where the readers are slow, or stopped, the
// oldest lines are dropped and counted.
#pragma once

#include <string_view>

#include "shm/log/log_ring.hpp"

namespace buskin::shm {

/// Threads: one at a time, of the process that has the entry.
class LogWriter {
 public:
  LogWriter(Segment& segment, ProcessIndex process) : segment_(&segment), process_(process) {}

  /// Appends a line; `console` is the word of the client's MemberId, 0 for none. Bytes beyond kLogLineMax are left out,
  /// with a mark. Where there is no memory for the ring the line is dropped, and counted with the next one.
  void append(std::uint64_t console, std::string_view line);

 private:
  bool open();
  bool has_pages(std::uint64_t end);
  void make_room(std::uint64_t bytes);
  void write_record(std::uint64_t console, std::string_view line);

  Segment* segment_;
  ProcessIndex process_;
  std::uint64_t pages_ = 0;  ///< Pieces of the ring that have memory; 0: the header was not read.
  // What the header says, which no other process changes.
  std::uint64_t tail_ = 0;
  std::uint64_t oldest_ = 0;
  std::uint64_t lines_ = 0;
  std::uint64_t dropped_ = 0;
};

}  // namespace buskin::shm
