// Printer: waits for room in the stream, but not for ever.
#include "api/runtime/system/printer.hpp"

#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string>
#include <string_view>

#include "shm/base/check.hpp"

namespace buskin::runtime {

Printer::Printer(Host& host) {
  const std::uint64_t own = host.member().id().word();
  BUSKIN_CHECK(own != 0);  // That would be the lines which are for no console.
  const auto show = [this, own](const shm::LogLine& line) {
    if (line.console != own) return;
    if (line.skipped != 0) print("buskin: " + std::to_string(line.skipped) + " lines were dropped here");
    print(line.text());
  };
  follower_.emplace(host.segment(), host.member().index(), LogFollower::Begin::Now, show);
}

Printer::~Printer() {
  end_.add();
  follower_.reset();
}

/// Will a write of a line come back at once? Waits until it will, or this ends.
bool Printer::has_room() const {
  std::array<pollfd, 2> watched{pollfd{STDERR_FILENO, POLLOUT, 0}, {end_.fd(), POLLIN, 0}};
  // Ends: with room in the stream, with an error of it, or with this object.
  while (watched[0].revents == 0 && watched[1].revents == 0) {
    if (::poll(watched.data(), watched.size(), -1) < 0 && errno != EINTR) return false;
  }
  return (watched[0].revents & POLLOUT) != 0;
}

/// A stream that takes no more loses the rest of the line here; the log of the system has all of it.
void Printer::print(std::string_view text) {
  std::string line(text);
  line += '\n';
  std::size_t written = 0;
  // Ends: each turn writes some bytes, or is the last.
  while (written < line.size() && has_room()) {
    const ssize_t count = ::write(STDERR_FILENO, line.data() + written, line.size() - written);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return;
    written += static_cast<std::size_t>(count);
  }
}

}  // namespace buskin::runtime
