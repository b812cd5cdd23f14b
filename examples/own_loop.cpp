// own_loop: an epoll loop of the client's own, with a socket and an inbox.
//
// The loop sends each line from the socket to an actor, and writes each answer from
// the inbox to the socket.
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <buskin/buskin.hpp>
#include <cctype>
#include <cstdio>

#include "hello_generated.h"

namespace hello {

struct Shouter : buskin::Actor<Begin> {
  void on(Message<Begin> begin, Context& context) {
    std::string text = begin->text()->str();
    for (char& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    context.send<buskin::Text>(Address(*begin->last()), text);
  }
};

}  // namespace hello

namespace {

bool add(int loop, int fd) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = fd;
  return epoll_ctl(loop, EPOLL_CTL_ADD, fd, &event) == 0;
}

// One line through both: what came back from the socket.
std::string run(buskin::ActorSystem& system, buskin::Inbox& inbox, int near, buskin::Ref<hello::Shouter> shouter) {
  const int loop = epoll_create1(EPOLL_CLOEXEC);
  std::string answer;
  if (loop < 0 || !add(loop, near) || !add(loop, inbox.fd())) return answer;
  while (answer.empty()) {
    std::array<epoll_event, 4> events{};
    const int count = epoll_wait(loop, events.data(), static_cast<int>(events.size()), 5000);
    if (count <= 0) break;  // Nothing has come for five seconds.
    for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) {
      if (events[i].data.fd != near) {
        inbox.poll([&](buskin::AnyMessage& message) {
          if (const auto* text = message.as<buskin::Text>()) answer = text->str();
        });
        continue;
      }
      std::array<char, 256> line{};
      const ssize_t bytes = recv(near, line.data(), line.size(), 0);
      if (bytes <= 0) break;
      const std::string_view text(line.data(), static_cast<std::size_t>(bytes));
      system.send<hello::Begin>(shouter, text, inbox.address());
      system.run_until_idle();
    }
  }
  close(loop);
  return answer;
}

}  // namespace

int main(int argc, char** argv) {
  buskin::ActorSystem system(argc, argv);
  const auto shouter = system.create<hello::Shouter>();
  if (!shouter) {
    std::fprintf(stderr, "own_loop: %s\n", shouter.error().what());
    return 1;
  }
  std::array<int, 2> ends{};
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) return 1;
  auto inbox = system.inbox();
  if (send(ends[1], "from a socket", 13, 0) != 13) return 1;
  const std::string answer = run(system, inbox, ends[0], *shouter);
  if (!answer.empty()) std::puts(answer.c_str());
  system.exit(*shouter);
  return answer.empty() ? 1 : 0;
}
