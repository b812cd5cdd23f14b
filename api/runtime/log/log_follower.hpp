// LogFollower: shows the lines of all processes as they come, on a thread of its own.
//
// The thread sleeps until a line comes, then shows what is there, and lets some more come before it looks again.
#pragma once

#include <functional>
#include <optional>
#include <thread>
#include <vector>

#include "shm/log/log_reader.hpp"

namespace buskin::runtime {

class LogFollower {
 public:
  enum class Begin : std::uint8_t {
    NotTaken,  ///< With what the log of the system has not taken; and marks it as taken, line by line. For the admin.
    Now,       ///< With what comes from now on.
  };
  using Show = std::function<void(const shm::LogLine& line)>;

  /// `own` is the entry of this process, which has one follower. `show` is called on the follower's thread.
  /// Throws std::runtime_error with a sentence when there is no thread for it.
  LogFollower(shm::Segment& segment, shm::ProcessIndex own, Begin begin, Show show);
  LogFollower(const LogFollower&) = delete;
  LogFollower& operator=(const LogFollower&) = delete;
  /// Shows what has come by now, then ends.
  ~LogFollower();

 private:
  void run(const std::stop_token& stop);
  shm::LogReader& add_reader(std::size_t process, std::uint64_t position);
  std::uint64_t first_position(shm::ProcessIndex process) const;
  bool show_all();
  bool show_ring(std::size_t process);
  bool has_any() const;

  shm::Segment& segment_;
  shm::ProcessIndex own_;
  Begin begin_;
  Show show_;
  std::vector<std::optional<shm::LogReader>> readers_;  // By process, as far as there are rings.
  std::jthread thread_;
};

}  // namespace buskin::runtime
