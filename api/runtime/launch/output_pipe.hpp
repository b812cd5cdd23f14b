// OutputPipe: the output of one actor process, as lines with the actor's name in front, on their way to the log.
//
// The fork server keeps the reading end of each child's pipe. So a line that an actor printed before it was killed
// is not lost, and a line that it had only begun is shown too.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "api/runtime/launch/descriptor.hpp"

namespace buskin::runtime {

/// Longer lines are cut into lines of this length.
inline constexpr std::size_t kLineMax = 4'096;

using LineSink = std::function<void(std::string_view)>;

class OutputPipe {
 public:
  /// Takes over `fd`, which does not block.
  OutputPipe(int fd, std::string name) : reading_end_(fd), name_(std::move(name)) {}

  /// Gives all whole lines that are there to `sink`.
  void read_lines(const LineSink& sink);
  /// Gives the rest, when the process has ended.
  void finish(const LineSink& sink);
  int fd() const { return reading_end_.fd(); }

 private:
  /// False when there is nothing to read.
  bool read_some(const LineSink& sink);
  void take(std::string_view part, const LineSink& sink);

  Descriptor reading_end_;
  std::string name_;
  std::string line_;  // What has been read of a line that has no end yet.
};

}  // namespace buskin::runtime
