// OutputPipe: makes lines from bytes.
#include "api/runtime/launch/output_pipe.hpp"

#include <unistd.h>

#include <array>

#include "shm/base/check.hpp"

namespace buskin::runtime {

void OutputPipe::take(std::string_view part, const LineSink& sink) {
  for (const char c : part) {
    if (c != '\n') line_ += c;
    if (c != '\n' && line_.size() < kLineMax) continue;
    sink(name_ + ": " + line_);
    line_.clear();
  }
}

bool OutputPipe::read_some(const LineSink& sink) {
  BUSKIN_CHECK(fd() >= 0);
  std::array<char, 65'536> part;
  const ssize_t count = ::read(fd(), part.data(), part.size());
  if (count > 0) take({part.data(), static_cast<std::size_t>(count)}, sink);
  return count > 0;
}

void OutputPipe::read_lines(const LineSink& sink) {
  // Reads once: a process that never stops printing must not keep its server from the others.
  (void)read_some(sink);
}

void OutputPipe::finish(const LineSink& sink) {
  constexpr int kReadsMax = 16;
  // Ends: when the pipe is empty, or at the bound, because a child of the actor's own may still print.
  for (int reads = 0; reads < kReadsMax && read_some(sink); ++reads) {
  }
  if (!line_.empty()) take("\n", sink);
}

}  // namespace buskin::runtime
