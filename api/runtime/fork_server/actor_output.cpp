// ActorOutput: a poll over the pipe and an end.
#include "api/runtime/fork_server/actor_output.hpp"

#include <poll.h>

#include <array>
#include <cstdio>
#include <utility>

#include "api/runtime/launch/start_thread.hpp"
#include "api/runtime/node/log.hpp"
#include "shm/base/check.hpp"

namespace buskin::runtime {

ActorOutput::ActorOutput(shm::Segment& segment, shm::ProcessIndex own, OutputPipe pipe, std::uint64_t console)
    : log_(segment, own), pipe_(std::move(pipe)), console_(console),
      take_([this](std::string_view line) { (void)log_.append(console_, line); }) {
  thread_ = start_thread([this] { run(); });
  divert_log([this](std::string_view line) { return log_.append(console_, pipe_.name() + ": " + std::string(line)); });
}

ActorOutput::~ActorOutput() {
  divert_log({});
  std::fflush(nullptr);
  end_.add();
  thread_.join();
}

void ActorOutput::run() {
  BUSKIN_CHECK(pipe_.fd() >= 0);
  std::array<pollfd, 2> watched{pollfd{pipe_.fd(), POLLIN, 0}, {end_.fd(), POLLIN, 0}};
  // Ends: with this object.
  while (watched[1].revents == 0) {
    (void)::poll(watched.data(), watched.size(), -1);
    if ((watched[0].revents & POLLIN) != 0) (void)pipe_.read_lines(take_);
  }
  pipe_.finish(take_);
}

}  // namespace buskin::runtime
