// ProcessLog: the lines of this process, on their way into its ring, and the bells of those who read them.
//
//   actor process, fork server --ring--> admin: the log of the system
//                                  \---> client: its console
#pragma once

#include <mutex>
#include <string_view>

#include "api/runtime/node/fork_mark.hpp"
#include "shm/log/log_writer.hpp"

namespace buskin::runtime {

/// Threads: any. None waits for another process.
class ProcessLog {
 public:
  ProcessLog(shm::Segment& segment, shm::ProcessIndex own);

  /// `console` is the word of the MemberId of the client that shows the line too; 0 for none. False in a forked child,
  /// which does not have the segment.
  bool append(std::uint64_t console, std::string_view line);

 private:
  shm::Segment& segment_;
  ForkMark mark_;
  std::mutex mutex_;
  shm::LogWriter writer_;
};

}  // namespace buskin::runtime
