// small_file: one read().
#include "shm/os/small_file.hpp"

#include <fcntl.h>
#include <unistd.h>

namespace buskin::shm {

namespace {

constexpr std::size_t kFileBytesMax = 1'024;

}  // namespace

std::string read_small_file(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return {};
  std::string text(kFileBytesMax, '\0');
  const ssize_t bytes = ::read(fd, text.data(), text.size());
  ::close(fd);
  text.resize(bytes < 0 ? 0 : static_cast<std::size_t>(bytes));
  return text;
}

}  // namespace buskin::shm
