// Victims: processes that may be killed while they work, and when the next one is killed.
//
// Actors send their process id at each start. A process is killed only through a pidfd, so
// that an id which the kernel gave to another process meanwhile does no harm.
#pragma once

#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <random>
#include <utility>
#include <vector>

#include "clock.hpp"

namespace support {

class Victims {
 public:
  /// Kills one every `every_ms`; 0: never.
  explicit Victims(std::uint32_t every_ms) : every_ns_(std::uint64_t{every_ms} * 1'000'000) { restart_clock(); }
  Victims(const Victims&) = delete;
  Victims& operator=(const Victims&) = delete;
  ~Victims() { forget_all(); }

  void restart_clock() { next_ns_ = now_ns() + every_ns_; }
  void add(std::uint32_t pid) {
    const bool is_known =
        std::any_of(living_.begin(), living_.end(), [&](const Living& one) { return one.pid == pid; });
    if (every_ns_ == 0 || is_known) return;
    const auto fd = static_cast<int>(syscall(SYS_pidfd_open, pid, 0));
    if (fd >= 0) living_.push_back({pid, fd});
  }
  void forget_all() {
    for (const Living& one : living_) close(one.fd);
    living_.clear();
  }

  bool is_due() const { return every_ns_ != 0 && now_ns() >= next_ns_; }
  /// How long a loop may sleep that wants to be in time.
  std::chrono::nanoseconds time_left(std::chrono::nanoseconds most) const {
    if (every_ns_ == 0) return most;
    const std::uint64_t now = now_ns();
    return std::min(most, std::chrono::nanoseconds(next_ns_ > now ? next_ns_ - now : 0));
  }
  /// Kills one of them if it is time, and returns which; 0 for none. Its successor has to send its own id.
  std::uint32_t kill_when_due() {
    if (!is_due()) return 0;
    if (living_.empty()) {
      next_ns_ = now_ns() + kAgain_ns;
      return 0;
    }
    restart_clock();
    const std::size_t chosen = std::uniform_int_distribution<std::size_t>(0, living_.size() - 1)(random_);
    const Living one = std::exchange(living_[chosen], living_.back());
    living_.pop_back();
    const bool is_killed = syscall(SYS_pidfd_send_signal, one.fd, SIGKILL, nullptr, 0) == 0;
    close(one.fd);
    kills_ += is_killed ? 1 : 0;
    return is_killed ? one.pid : 0;
  }
  std::uint64_t kills() const { return kills_; }

 private:
  struct Living {
    std::uint32_t pid;
    int fd;
  };
  static constexpr std::uint64_t kAgain_ns = 5'000'000;  // Until a successor may be there.
  std::uint64_t every_ns_;
  std::uint64_t next_ns_ = 0;
  std::uint64_t kills_ = 0;
  std::vector<Living> living_;
  std::mt19937_64 random_{std::random_device{}()};
};

}  // namespace support
