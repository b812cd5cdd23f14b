// LogFile: appends lines and bounds the file.
#include "api/runtime/launch/log_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <stdexcept>

#include "shm/os/limits.hpp"
#include "shm/os/regular_file.hpp"

namespace buskin::runtime {

namespace {

[[noreturn]] void fail(const std::string& path, const char* what) {
  const std::string why = errno == ELOOP ? "it is not a file" : shm::limit_words(errno);
  throw std::runtime_error("buskin: cannot " + std::string(what) + " the log " + path + ": " + why);
}

}  // namespace

LogFile::LogFile(const std::string& path) : file_(shm::open_regular_file(path, O_WRONLY | O_APPEND)) {}

LogFile LogFile::create(const std::string& path) {
  const Descriptor made(shm::open_regular_file(path, O_WRONLY | O_APPEND | O_CREAT));
  if (made.fd() < 0) fail(path, "write");
  return LogFile(path);
}

void LogFile::append(std::string_view line) {
  struct stat state {};
  const bool is_long = ::fstat(file_.fd(), &state) == 0 && state.st_size > kLogMax;
  if (is_long && ::ftruncate(file_.fd(), 0) != 0) return;  // The bound counts for more than the line.
  file_.write(std::string(line) + "\n");
}

bool has_log(const std::string& path) {
  struct stat state {};
  return ::lstat(path.c_str(), &state) == 0;
}

std::string read_log(const std::string& path) {
  if (!has_log(path)) return {};
  const Descriptor file(shm::open_regular_file(path, O_RDONLY));
  if (file.fd() < 0) fail(path, "read");
  std::string text;
  std::array<char, 65'536> part{};
  // Ends: with the file, which is emptied when it has grown beyond kLogMax.
  for (ssize_t count = ::read(file.fd(), part.data(), part.size()); count > 0;
       count = ::read(file.fd(), part.data(), part.size())) {
    text.append(part.data(), static_cast<std::size_t>(count));
  }
  return text;
}

}  // namespace buskin::runtime
