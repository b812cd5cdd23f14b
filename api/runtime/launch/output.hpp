// Output: lines of actor processes, each with the actor's name in front, on their way to the log.
//
// The fork server keeps the reading end of each child's pipe. So a line that an
// actor printed before it was killed is not lost, and a half one is shown too.
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace buskin::runtime {

/// Longer lines are cut into lines of this length.
inline constexpr std::size_t kLineMax = 4'096;
/// A log larger than this begins anew; its memory is the system's.
inline constexpr long kLogMax = 4 << 20;

using LineSink = std::function<void(std::string_view)>;

class OutputPipe {
 public:
  /// Takes over `fd`, which does not block.
  OutputPipe(int fd, std::string name) : fd_(fd), name_(std::move(name)) {}
  OutputPipe(OutputPipe&& other) noexcept;
  OutputPipe& operator=(OutputPipe&& other) noexcept;
  ~OutputPipe();

  /// Gives all whole lines that are there to `sink`.
  void read_lines(const LineSink& sink);
  /// Gives the rest, when no more can come.
  void finish(const LineSink& sink);
  int fd() const { return fd_; }

 private:
  void take(std::string_view part, const LineSink& sink);

  int fd_;
  std::string name_;
  std::string line_;
};

/// The system's log, appended to by several processes: each line is one write.
class Log {
 public:
  /// One that is there: what outlives its system must not make its log anew. Without it lines go nowhere.
  explicit Log(const std::string& path);
  /// For who starts a system.
  static Log create(const std::string& path);
  ~Log();
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;
  void append(std::string_view line);

 private:
  int fd_;
};

}  // namespace buskin::runtime
