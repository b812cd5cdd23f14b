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
#include <cstdlib>
#include <string_view>
#include <utility>

#include "api/runtime/launch/descriptor.hpp"
#include "shm/base/clock.hpp"
#include "shm/os/limits.hpp"

namespace buskin::runtime {

namespace {

constexpr std::uint64_t kReadyMax_ns = 20'000'000'000;
constexpr std::string_view kReady = "ready";
constexpr std::string_view kNothing = "nothing";
constexpr char kRefused = '\1';  ///< Begins a report of a call that failed before the program ran.

struct Plan {
  const char* executable;
  std::vector<char*> arguments;
  const char* output;
  const char* folder;
  int ready;
};

/// Reports through `fd` that `what` failed, and ends. The launching process finds the words for the number.
[[noreturn]] void fail(int fd, const char* what) {
  const auto digit = [code = errno](int unit) { return static_cast<char>('0' + code / unit % 10); };
  const std::array<char, 4> number{kRefused, digit(100), digit(10), digit(1)};  // printf() may not be called here.
  write_text(fd, {number.data(), number.size()});
  write_text(fd, what);
  ::_exit(127);
}

/// Async-signal-safe.
[[noreturn]] void become(const Plan& plan) {
  ::setsid();
  const pid_t pid = ::fork();
  if (pid < 0) fail(plan.ready, "fork");
  if (pid > 0) ::_exit(0);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  // First, and above the standard descriptors: ours may be closed, so that the pipe has one of their numbers. All
  // others go before more are opened, because there may be no more.
  ::dup2(plan.ready, kReadyFd);
  ::fcntl(kReadyFd, F_SETFD, 0);  // The pipe may have had this number.
  ::close_range(kReadyFd + 1, ~0u, 0);
  const int in = ::open("/dev/null", O_RDWR);
  const int out = plan.output[0] == '\0' ? in : ::open(plan.output, O_WRONLY | O_APPEND);
  ::dup2(out >= 0 ? out : in, STDOUT_FILENO);
  ::dup2(out >= 0 ? out : in, STDERR_FILENO);
  ::dup2(in, STDIN_FILENO);
  ::close_range(kReadyFd + 1, ~0u, 0);
  if (plan.folder[0] != '\0' && ::chdir(plan.folder) != 0) fail(kReadyFd, "chdir");
  ::execv(plan.executable, plan.arguments.data());
  fail(kReadyFd, "execve");
}

/// What a process that could not be launched has written, in words.
std::string words_of(const std::string& said) {
  constexpr std::size_t kDigits = 3;
  if (said.size() <= 1 + kDigits || said[0] != kRefused) return said;
  return said.substr(1 + kDigits) + ": " + shm::limit_words(std::atoi(said.substr(1, kDigits).c_str()));
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
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return "pipe: " + shm::limit_words(errno);
  Plan plan{spec.executable.c_str(), {}, spec.output.c_str(), spec.folder.c_str(), ends[1]};
  for (const std::string& argument : spec.command) plan.arguments.push_back(const_cast<char*>(argument.c_str()));
  plan.arguments.push_back(nullptr);
  const pid_t child = ::fork();
  if (child == 0) become(plan);
  const int fault = errno;
  ::close(ends[1]);
  std::string said;
  if (child < 0) {
    said = "fork: " + shm::limit_words(fault);
  } else {
    while (::waitpid(child, nullptr, 0) < 0 && errno == EINTR) {
    }
    said = words_of(read_all(ends[0]));
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
