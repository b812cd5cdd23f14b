// OutputPipe: the output of one actor process, as lines with the actor's name in front, on their way to the log.
//
// The process reads its own pipe, so that printing never waits for another process. Its fork server keeps the reading
// end and the buffer too, and takes what is left when the process is dead. So a line that an actor printed before it
// was killed is not lost, and a line that it had only begun is shown too. A line that was being taken at that moment
// may be shown twice.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "api/runtime/launch/descriptor.hpp"
#include "api/runtime/launch/output_buffer.hpp"

namespace buskin::runtime {

/// Longer lines are cut into lines of this length.
inline constexpr std::size_t kLineMax = 3'800;

using LineSink = std::function<void(std::string_view)>;

class OutputPipe {
 public:
  /// `reading_end` does not block.
  OutputPipe(Descriptor reading_end, std::string name, OutputBuffer buffer)
      : reading_end_(std::move(reading_end)), name_(std::move(name)), buffer_(std::move(buffer)) {}

  /// Gives all whole lines that are there to `sink`. True when it read anything: there may be more.
  bool read_lines(const LineSink& sink);
  /// Gives the rest, when the process has ended.
  void finish(const LineSink& sink);
  /// For a forked child: closes all descriptors but the standard ones and the reading end.
  void close_all_but_this() const;
  /// In the parent, after the fork.
  void leave_out_of_forks() { buffer_.leave_out_of_forks(); }
  int fd() const { return reading_end_.fd(); }
  const std::string& name() const { return name_; }

 private:
  void take_lines(const LineSink& sink);
  void take(std::size_t line, std::size_t with_end, const LineSink& sink);

  Descriptor reading_end_;
  std::string name_;
  OutputBuffer buffer_;
};

}  // namespace buskin::runtime
