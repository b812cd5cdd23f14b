// subprocess: runs one of our programs and keeps its output.
//
// The program has a process group of its own and a deadline, and only that group is ever killed.
#pragma once

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

namespace test_support {

struct Command {
  std::vector<std::string> arguments;  ///< The program first.
  std::vector<std::pair<std::string, std::string>> environment{};
  bool close_stdout = false;
  std::chrono::seconds deadline{60};
};

struct Outcome {
  int code = -1;  ///< Exit code; 128 + signal when one ended it.
  bool timed_out = false;
  std::string out{};
  std::string err{};
};

[[noreturn]] inline void become(const Command& command, int out, int err) {
  setpgid(0, 0);
  dup2(open("/dev/null", O_RDONLY), STDIN_FILENO);
  dup2(err, STDERR_FILENO);
  if (command.close_stdout) {
    close(STDOUT_FILENO);
  } else {
    dup2(out, STDOUT_FILENO);
  }
  for (const auto& [name, value] : command.environment) setenv(name.c_str(), value.c_str(), 1);
  std::vector<char*> pointers;
  for (const auto& argument : command.arguments) pointers.push_back(const_cast<char*>(argument.c_str()));
  pointers.push_back(nullptr);
  execv(pointers[0], pointers.data());
  _exit(127);
}

// Appends the bytes that have arrived. False at the end of the stream.
inline bool drain(int fd, std::string& text) {
  std::array<char, 65'536> bytes{};
  const ssize_t count = read(fd, bytes.data(), bytes.size());
  if (count > 0) text.append(bytes.data(), static_cast<std::size_t>(count));
  return count > 0;
}

inline Outcome run(const Command& command) {
  Outcome outcome;
  std::array<int, 2> out{}, err{};
  if (pipe2(out.data(), O_CLOEXEC) != 0 || pipe2(err.data(), O_CLOEXEC) != 0) return outcome;
  const pid_t child = fork();
  if (child == 0) become(command, out[1], err[1]);
  close(out[1]);
  close(err[1]);
  const auto end = std::chrono::steady_clock::now() + command.deadline;
  std::array<pollfd, 2> streams{pollfd{out[0], POLLIN, 0}, pollfd{err[0], POLLIN, 0}};
  // Ends: with both streams, or at the deadline.
  while (streams[0].fd >= 0 || streams[1].fd >= 0) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
    if (left.count() <= 0 || poll(streams.data(), 2, static_cast<int>(left.count())) == 0) {
      outcome.timed_out = true;
      kill(-child, SIGKILL);
      break;
    }
    if (streams[0].revents != 0 && !drain(out[0], outcome.out)) streams[0].fd = -1;
    if (streams[1].revents != 0 && !drain(err[0], outcome.err)) streams[1].fd = -1;
  }
  int status = 0;
  waitpid(child, &status, 0);
  close(out[0]);
  close(err[0]);
  outcome.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return outcome;
}

}  // namespace test_support
