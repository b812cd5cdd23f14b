// LogFile: appends lines and bounds the file.
#include "api/runtime/launch/log_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace buskin::runtime {

LogFile::LogFile(const std::string& path) : file_(::open(path.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC)) {}

LogFile LogFile::create(const std::string& path) {
  const Descriptor made(::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600));
  return LogFile(path);
}

void LogFile::append(std::string_view line) {
  struct stat state {};
  const bool is_long = ::fstat(file_.fd(), &state) == 0 && state.st_size > kLogMax;
  if (is_long && ::ftruncate(file_.fd(), 0) != 0) return;  // The bound counts for more than the line.
  file_.write(std::string(line) + "\n");
}

}  // namespace buskin::runtime
