// LogFile: the log of a system, to which several processes append; each line is one write.
//
// The admin writes what actors say, and turns the file over when it is full (RotatingLog). Other processes append only
// what they themselves have to report, which is little: they open the file for each line, because the admin may have
// given it another name since.
#pragma once

#include <string>
#include <string_view>

namespace buskin::runtime {

/// Where the lines of a process about its own work go.
class SystemLog {
 public:
  SystemLog() = default;
  SystemLog(const SystemLog&) = delete;
  SystemLog& operator=(const SystemLog&) = delete;
  virtual void append(std::string_view line) = 0;

 protected:
  ~SystemLog() = default;
};

class LogFile final : public SystemLog {
 public:
  /// A log that exists; a process that outlives its system must not create it again. Without a log, lines are dropped.
  explicit LogFile(std::string path) : path_(std::move(path)) {}

  void append(std::string_view line) override;

 private:
  std::string path_;
};

/// Creates the log if it does not exist, for the process that starts a system. Throws std::runtime_error with a
/// sentence when it cannot be written, or when a pipe or a link lies in its place.
void create_log(const std::string& path);

/// Is there something at this path?
bool has_log(const std::string& path);
/// The whole log: the files that were turned over, the oldest first, and the present one. Empty when there is none.
/// Throws std::runtime_error with a sentence when the present one cannot be read.
std::string read_log(const std::string& path);

/// The name of the file that was turned over `age` times; that of the present one for 0. As spdlog's rotating sink.
std::string log_path_of_age(const std::string& path, std::uint32_t age);

}  // namespace buskin::runtime
