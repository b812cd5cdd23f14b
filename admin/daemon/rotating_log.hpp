// RotatingLog: the log of a system as its admin writes it: a file that is turned over when it is full.
#pragma once

#include <memory>
#include <string>

#include "api/runtime/launch/log_file.hpp"
#include "api/runtime/launch/log_limits.hpp"

namespace spdlog {
class logger;
}

namespace buskin::admin {

/// Threads: any.
class RotatingLog final : public runtime::SystemLog {
 public:
  /// Goes on with a log that exists. Throws std::runtime_error with a sentence when it cannot be written, or when a
  /// pipe or a link lies in its place.
  RotatingLog(const std::string& path, const runtime::LogLimits& limits);

  /// A line that cannot be written is lost: a full disk must not hold up the system.
  void append(std::string_view line) override;

 private:
  std::shared_ptr<spdlog::logger> logger_;
};

}  // namespace buskin::admin
