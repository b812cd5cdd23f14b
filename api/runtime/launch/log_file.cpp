// LogFile: one descriptor for each line.
#include "api/runtime/launch/log_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <stdexcept>
#include <vector>

#include "api/runtime/launch/descriptor.hpp"
#include "api/runtime/launch/log_limits.hpp"
#include "shm/base/check.hpp"
#include "shm/os/limits.hpp"
#include "shm/os/regular_file.hpp"

namespace buskin::runtime {

namespace {

[[noreturn]] void fail(const std::string& path, const char* what) {
  const std::string why = errno == ELOOP ? "it is not a file" : shm::limit_words(errno);
  throw std::runtime_error("buskin: cannot " + std::string(what) + " the log " + path + ": " + why);
}

std::string read_file(const Descriptor& file) {
  std::string text;
  std::array<char, 65'536> part{};
  // Ends: with the file, which is turned over when it is full.
  for (ssize_t count = ::read(file.fd(), part.data(), part.size()); count > 0;
       count = ::read(file.fd(), part.data(), part.size())) {
    text.append(part.data(), static_cast<std::size_t>(count));
  }
  return text;
}

}  // namespace

void LogFile::append(std::string_view line) {
  const Descriptor file(shm::open_regular_file(path_, O_WRONLY | O_APPEND));
  file.write(std::string(line) + "\n");
}

void create_log(const std::string& path) {
  const Descriptor made(shm::open_regular_file(path, O_WRONLY | O_APPEND | O_CREAT));
  if (made.fd() < 0) fail(path, "write");
}

bool has_log(const std::string& path) {
  struct stat state {};
  return ::lstat(path.c_str(), &state) == 0;
}

std::string log_path_of_age(const std::string& path, std::uint32_t age) {
  if (age == 0) return path;
  const std::size_t end = path.rfind('.');
  BUSKIN_CHECK(end != std::string::npos && path.find('/', end) == std::string::npos);
  return path.substr(0, end) + "." + std::to_string(age) + path.substr(end);
}

std::string read_log(const std::string& path) {
  // Opened from the oldest on: a file that is turned over meanwhile is read once or twice, and not left out.
  std::vector<Descriptor> files;
  for (std::uint32_t age = kLogFilesMax; age > 0; --age) {
    Descriptor file(shm::open_regular_file(log_path_of_age(path, age), O_RDONLY));
    if (file.fd() >= 0) files.push_back(std::move(file));
  }
  std::string text;
  for (const Descriptor& file : files) text += read_file(file);
  if (!has_log(path)) return text;
  const Descriptor file(shm::open_regular_file(path, O_RDONLY));
  if (file.fd() < 0) fail(path, "read");
  return text + read_file(file);
}

}  // namespace buskin::runtime
