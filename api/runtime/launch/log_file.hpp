// LogFile: the log of a system, to which several processes append; each line is one write.
#pragma once

#include <string>
#include <string_view>

#include "api/runtime/launch/descriptor.hpp"

namespace buskin::runtime {

/// A log that has grown beyond this is emptied before the next line: its memory is the system's.
inline constexpr long kLogMax = 4 << 20;

class LogFile {
 public:
  /// Opens a log that exists; a process that outlives its system must not create it again. Without a log, lines are
  /// dropped.
  explicit LogFile(const std::string& path);
  /// Creates the log if it does not exist, for the process that starts a system. Throws std::runtime_error with a
  /// sentence when it cannot be written, or when a pipe or a link lies in its place.
  static LogFile create(const std::string& path);

  void append(std::string_view line);

 private:
  Descriptor file_;
};

/// Is there something at this path?
bool has_log(const std::string& path);
/// The whole log. Empty when there is none. Throws std::runtime_error with a sentence when it cannot be read.
std::string read_log(const std::string& path);

}  // namespace buskin::runtime
