// launch: does between fork and exec only what a program with many threads may do there.
#include "api/runtime/launch/launch.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <utility>

#include "api/runtime/launch/descriptor.hpp"
#include "shm/base/clock.hpp"

namespace buskin::runtime {

namespace {

constexpr std::uint64_t kReadyMax_ns = 20'000'000'000;
constexpr std::string_view kReady = "ready";
constexpr std::string_view kNothing = "nothing";

struct Plan {
  const char* executable;
  std::vector<char*> arguments;
  const char* output;
  const char* folder;
  int ready;
};

/// Async-signal-safe. A failed exec is reported through `ready` too.
[[noreturn]] void become(const Plan& plan) {
  ::setsid();
  if (::fork() != 0) ::_exit(0);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  // First above the standard descriptors: ours may be closed, so that the pipe has one of their numbers.
  const int ready = ::fcntl(plan.ready, F_DUPFD, 10);
  const int in = ::open("/dev/null", O_RDWR);
  const int out = plan.output[0] == '\0' ? in : ::open(plan.output, O_WRONLY | O_APPEND);
  ::dup2(out >= 0 ? out : in, STDOUT_FILENO);
  ::dup2(out >= 0 ? out : in, STDERR_FILENO);
  ::dup2(in, STDIN_FILENO);
  ::dup2(ready, kReadyFd);
  ::close_range(kReadyFd + 1, ~0u, 0);
  if (plan.folder[0] != '\0' && ::chdir(plan.folder) != 0) ::_exit(126);
  ::execv(plan.executable, plan.arguments.data());
  const char* const why = ::strerrordesc_np(errno);
  write_text(kReadyFd, why);
  ::_exit(127);
}

/// Reads until the other end is closed.
std::string read_all(int fd) {
  const std::uint64_t deadline = shm::now_ns() + kReadyMax_ns;
  std::string text;
  // Ends: when the launched process reports and closes its end, when it dies, or at the deadline.
  for (;;) {
    const std::uint64_t now = shm::now_ns();
    if (now >= deadline) return "it was not ready after " + std::to_string(kReadyMax_ns / 1'000'000'000) + " s";
    pollfd readable{fd, POLLIN, 0};
    if (::poll(&readable, 1, static_cast<int>((deadline - now) / 1'000'000) + 1) <= 0) continue;
    std::array<char, 512> part{};
    const ssize_t count = ::read(fd, part.data(), part.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return text;
    text.append(part.data(), static_cast<std::size_t>(count));
  }
}

}  // namespace

std::string launch(const LaunchSpec& spec) {
  BUSKIN_CHECK(!spec.command.empty());
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return std::strerror(errno);
  Plan plan{spec.executable.c_str(), {}, spec.output.c_str(), spec.folder.c_str(), ends[1]};
  for (const std::string& argument : spec.command) plan.arguments.push_back(const_cast<char*>(argument.c_str()));
  plan.arguments.push_back(nullptr);
  const pid_t child = ::fork();
  if (child == 0) become(plan);
  ::close(ends[1]);
  std::string said;
  if (child < 0) {
    said = std::strerror(errno);
  } else {
    while (::waitpid(child, nullptr, 0) < 0 && errno == EINTR) {
    }
    said = read_all(ends[0]);
  }
  ::close(ends[0]);
  if (said == kReady) return {};
  return said.empty() ? spec.command[0] + " ended before it was ready" : said;
}

void report_ready(const std::string& sentence) {
  static bool is_said = false;  // Later the number may belong to another pipe of ours.
  if (std::exchange(is_said, true)) return;
  struct stat end {};
  // If it was started by hand, the number belongs to another file.
  if (::fstat(kReadyFd, &end) != 0 || !S_ISFIFO(end.st_mode)) return;
  const std::string text = sentence.empty() ? std::string(kReady) : sentence;
  // The process that launched us may be dead by now; that must not end us.
  void (*const before)(int) = ::signal(SIGPIPE, SIG_IGN);
  if (sentence != kNothing) write_text(kReadyFd, text);
  ::signal(SIGPIPE, before);
  ::close(kReadyFd);
}

void forget_ready() { report_ready(std::string(kNothing)); }

}  // namespace buskin::runtime
