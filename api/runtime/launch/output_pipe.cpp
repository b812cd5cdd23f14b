// OutputPipe: makes lines from bytes.
#include "api/runtime/launch/output_pipe.hpp"

#include <unistd.h>

#include <algorithm>

#include "shm/base/check.hpp"

namespace buskin::runtime {

/// The first `line` bytes are a line; `with_end` of them are done then.
void OutputPipe::take(std::size_t line, std::size_t with_end, const LineSink& sink) {
  sink(name_ + ": " + std::string(buffer_.waiting().substr(0, line)));
  buffer_.consume(with_end);
}

void OutputPipe::take_lines(const LineSink& sink) {
  // Ends: each turn takes some of the bytes, or is the last.
  for (std::string_view waiting = buffer_.waiting(); !waiting.empty(); waiting = buffer_.waiting()) {
    const std::size_t end = waiting.substr(0, kLineMax + 1).find('\n');
    if (end == std::string_view::npos && waiting.size() < kLineMax) return;
    const std::size_t line = std::min(end, kLineMax);
    take(line, line == end ? line + 1 : line, sink);
  }
}

bool OutputPipe::read_lines(const LineSink& sink) {
  BUSKIN_CHECK(fd() >= 0);
  // Reads once: a process that never stops printing must not hold up what its reader does next.
  const bool has_read = buffer_.read_from(fd());
  take_lines(sink);
  return has_read;
}

void OutputPipe::close_all_but_this() const {
  const auto own = static_cast<unsigned>(fd());
  BUSKIN_CHECK(own > STDERR_FILENO);
  if (own > STDERR_FILENO + 1) ::close_range(STDERR_FILENO + 1, own - 1, 0);
  ::close_range(own + 1, ~0u, 0);
}

void OutputPipe::finish(const LineSink& sink) {
  constexpr int kReadsMax = 16;
  buffer_.recover();
  take_lines(sink);
  // Ends: when the pipe is empty, or at the bound, because a child of the actor's own may still print.
  for (int reads = 0; reads < kReadsMax && read_lines(sink); ++reads) {
  }
  const std::size_t rest = buffer_.waiting().size();
  if (rest != 0) take(rest, rest, sink);
}

}  // namespace buskin::runtime
