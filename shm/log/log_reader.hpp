// LogReader: reads the ring of one process from a position on, and changes nothing in it.
//
// Any number of readers read one ring. None holds the writer up: a line that is written over while it is read is
// skipped, as are those that were dropped before.
#pragma once

#include <array>
#include <string_view>

#include "shm/log/log_ring.hpp"

namespace buskin::shm {

struct LogLine {
  std::uint64_t number = 0;   ///< Counts the lines of the ring, from 1 on.
  std::uint64_t console = 0;  ///< The word of the MemberId of the client that shows it; 0 for none.
  std::uint64_t skipped = 0;  ///< Lines that were dropped between the one before it and this one.
  std::size_t bytes = 0;
  std::array<char, round_up(kLogLineMax, kWordBytes)> buffer{};

  std::string_view text() const { return {buffer.data(), bytes}; }
};

/// Threads: one at a time.
class LogReader {
 public:
  LogReader(ProcessIndex process, std::uint64_t position)
      : process_(process), position_(position), has_number_(position == 0) {}

  /// The next line, in `line`. False when there is none.
  bool next(const Segment& segment, LogLine& line);
  /// Is there anything to read?
  bool has_any(const Segment& segment) const;
  /// Where the next line begins.
  std::uint64_t position() const { return position_; }

 private:
  bool read_at(const Segment& segment, std::uint64_t tail, LogLine& line);

  ProcessIndex process_;
  std::uint64_t position_;
  std::uint64_t number_ = 0;  ///< The number of the last line.
  bool has_number_;           ///< Before the first line it is known only at the begin of the ring.
};

/// Where the ring of a process ends now.
std::uint64_t log_tail(const Segment& segment, ProcessIndex process);

/// Where the lines begin that the log of the system has not taken.
std::uint64_t log_taken(const Segment& segment, ProcessIndex process);
/// The log has taken all lines before this position. For the admin.
void set_log_taken(Segment& segment, ProcessIndex process, std::uint64_t position);

/// How many lines of all processes the log has not taken, and will not.
std::uint64_t log_lines_dropped(const Segment& segment);

}  // namespace buskin::shm
