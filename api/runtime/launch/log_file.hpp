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
  /// Creates the log if it does not exist, for the process that starts a system.
  static LogFile create(const std::string& path);

  void append(std::string_view line);

 private:
  Descriptor file_;
};

}  // namespace buskin::runtime
