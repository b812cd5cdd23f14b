// Scratch: surroundings of a test of shared memory: a folder of its own, children that end with the
// test, and a gate between processes.
#pragma once

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <string>

#include "shm/os/process.hpp"
#include "shm/segment/segment.hpp"
#include "tests/support/tables.hpp"

/// For a child process, whose failed expectations would not reach the test.
#define BUSKIN_REQUIRE(condition) \
  do {                            \
    if (!(condition)) {           \
      std::fprintf(stderr, "line %d: %s\n", __LINE__, #condition); \
      return 1;                   \
    }                             \
  } while (false)

namespace buskin::test {

using namespace buskin::shm;

inline SegmentOptions tiny_segment() {
  SegmentOptions options;
  options.counts = kTinyTables;
  options.name = "test";
  return options;
}

/// A folder in the memory file system. The test removes it at its end; other users may read it.
class ScratchFolder {
 public:
  ScratchFolder() {
    path_ = "/dev/shm/buskin-test-XXXXXX";
    EXPECT_NE(::mkdtemp(path_.data()), nullptr);
    EXPECT_EQ(::chmod(path_.c_str(), 0755), 0);
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  ~ScratchFolder() { std::filesystem::remove_all(path_); }

  const std::string& path() const { return path_; }
  std::string file(const std::string& name) const { return path_ + "/" + name; }
  std::size_t files_count() const {
    return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(path_), {}));
  }
  /// What systems have there: their logs stay when they end.
  std::size_t files_besides_logs() const {
    std::size_t count = 0;
    for (const auto& entry : std::filesystem::directory_iterator(path_)) {
      if (entry.path().extension() != ".log") ++count;
    }
    return count;
  }

 private:
  std::string path_;
};

inline std::uint64_t bytes_used(const std::string& path) {
  struct stat info {};
  EXPECT_EQ(::stat(path.c_str(), &info), 0);
  return static_cast<std::uint64_t>(info.st_blocks) * 512;
}

/// Lets one process wait for another: a pipe, made before the fork.
class Gate {
 public:
  Gate() { EXPECT_EQ(::pipe(ends_), 0); }
  Gate(const Gate&) = delete;
  Gate& operator=(const Gate&) = delete;
  ~Gate() {
    ::close(ends_[0]);
    ::close(ends_[1]);
  }

  void open() const { EXPECT_EQ(::write(ends_[1], "x", 1), 1); }
  /// False when no process opened it within the watchdog's time.
  bool wait() const {
    pollfd watched{ends_[0], POLLIN, 0};
    char letter = 0;
    return ::poll(&watched, 1, kWatchdog_ms) == 1 && ::read(ends_[0], &letter, 1) == 1;
  }

  /// Like wait(), but the death of `pid` ends it too. True when the gate was opened.
  bool wait_or_death(pid_t pid) const {
    const int pidfd = open_pidfd(pid);
    pollfd watched[2] = {{ends_[0], POLLIN, 0}, {pidfd, POLLIN, 0}};
    const int count = ::poll(watched, 2, kWatchdog_ms);
    if (pidfd >= 0) ::close(pidfd);
    char letter = 0;
    return count > 0 && (watched[0].revents & POLLIN) != 0 && ::read(ends_[0], &letter, 1) == 1;
  }

 private:
  static constexpr int kWatchdog_ms = 20'000;
  int ends_[2] = {-1, -1};
};

/// A forked process that runs `body` and ends with its result; killed with this object at the latest.
class Child {
 public:
  explicit Child(const std::function<int()>& body) : pid_(::fork()) {
    if (pid_ == 0) ::_exit(body());
    EXPECT_GT(pid_, 0);
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    (void)wait();
  }

  pid_t pid() const { return pid_; }
  void signal(int number) const { EXPECT_EQ(::kill(pid_, number), 0); }
  void kill() {
    signal(SIGKILL);
    EXPECT_EQ(wait(), -SIGKILL);
  }
  /// Stops it, and returns when the kernel reports the stop.
  void stop() const {
    signal(SIGSTOP);
    int status = 0;
    EXPECT_EQ(::waitpid(pid_, &status, WUNTRACED), pid_);
    EXPECT_TRUE(WIFSTOPPED(status));
  }
  /// Returns its exit code, or the negative number of the signal that ended it.
  int wait() {
    int status = 0;
    EXPECT_EQ(::waitpid(pid_, &status, 0), pid_);
    pid_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  }

 private:
  pid_t pid_;
};

/// For a child that lives until it is killed.
inline int sleep_for_ever() {
  for (;;) ::pause();
}

}  // namespace buskin::test
