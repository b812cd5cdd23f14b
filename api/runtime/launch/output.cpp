// output: bytes into lines.
#include "api/runtime/launch/output.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <utility>

namespace buskin::runtime {

OutputPipe::OutputPipe(OutputPipe&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), name_(std::move(other.name_)), line_(std::move(other.line_)) {}

OutputPipe& OutputPipe::operator=(OutputPipe&& other) noexcept {
  std::swap(fd_, other.fd_);
  std::swap(name_, other.name_);
  std::swap(line_, other.line_);
  return *this;
}

OutputPipe::~OutputPipe() {
  if (fd_ >= 0) ::close(fd_);
}

void OutputPipe::take(std::string_view part, const LineSink& sink) {
  for (const char c : part) {
    if (c != '\n') line_ += c;
    if (c != '\n' && line_.size() < kLineMax) continue;
    sink(name_ + ": " + line_);
    line_.clear();
  }
}

void OutputPipe::read_lines(const LineSink& sink) {
  std::array<char, 65'536> part;
  // A writer that never stops must not keep us from the others: one look at each.
  const ssize_t count = ::read(fd_, part.data(), part.size());
  if (count > 0) take({part.data(), static_cast<std::size_t>(count)}, sink);
}

void OutputPipe::finish(const LineSink& sink) {
  std::array<char, 65'536> part;
  // Ends: nobody writes any more, but for a child of the actor's own that still has the pipe.
  for (int i = 0; i < 16; ++i) {
    const ssize_t count = ::read(fd_, part.data(), part.size());
    if (count <= 0) break;
    take({part.data(), static_cast<std::size_t>(count)}, sink);
  }
  if (!line_.empty()) take("\n", sink);
}

Log::Log(const std::string& path) : fd_(::open(path.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC)) {}

Log Log::create(const std::string& path) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
  if (fd >= 0) ::close(fd);
  return Log(path);
}

Log::~Log() {
  if (fd_ >= 0) ::close(fd_);
}

void Log::append(std::string_view line) {
  struct stat state {};
  if (::fstat(fd_, &state) == 0 && state.st_size > kLogMax) (void)!::ftruncate(fd_, 0);
  const std::string whole = std::string(line) + "\n";
  (void)!::write(fd_, whole.data(), whole.size());
}

}  // namespace buskin::runtime
