// log: lines made by spdlog.
#include "api/runtime/node/log.hpp"

#include <poll.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "shm/base/check.hpp"
#include "shm/os/pipe_signal_held.hpp"

namespace buskin::runtime {

namespace {

/// Appends ` key=value`; a value that contains a blank or a sign of this form is put in quotes.
void append_field(std::string& line, const LogField& field) {
  const bool is_quoted = field.value.empty() || field.value.find_first_of(" =\"\n") != std::string::npos;
  line.append(" ").append(field.key).append("=");
  if (!is_quoted) {
    line.append(field.value);
    return;
  }
  line += '"';
  for (const char c : field.value) {
    if (c == '"' || c == '\\') line += '\\';
    line += c == '\n' ? ' ' : c;
  }
  line += '"';
}

/// The error stream of a program: a stream that takes no more must not hold up an actor for ever.
class ErrorStream {
 public:
  /// Waits a moment for room, once. A line that finds none is dropped, and counted in front of the next one.
  void write(std::string_view line) {
    if (dropped_ != 0 && has_room(0)) {
      const std::string gap = "buskin: " + std::to_string(dropped_) + " lines of the log were dropped here\n";
      if (write_all(gap, 0)) dropped_ = 0;
    }
    if (!write_all(line, dropped_ == 0 ? kWaitMax_ms : 0)) ++dropped_;
  }

 private:
  static constexpr int kWaitMax_ms = 100;
  static constexpr std::size_t kPartMax = 4'096;  // A pipe that has room takes as much at once.

  static bool has_room(int timeout_ms) {
    pollfd stream{STDERR_FILENO, POLLOUT, 0};
    return ::poll(&stream, 1, timeout_ms) > 0;  // Also with an error, which the write finds.
  }
  static bool write_all(std::string_view text, int timeout_ms) {
    const shm::PipeSignalHeld held;
    // Ends: each turn writes some of the text, or is the last.
    while (!text.empty()) {
      if (!has_room(timeout_ms)) return false;
      const ssize_t count = ::write(STDERR_FILENO, text.data(), std::min(text.size(), kPartMax));
      if (count < 0 && errno == EINTR) continue;
      if (count <= 0) return false;
      text.remove_prefix(static_cast<std::size_t>(count));
    }
    return true;
  }

  std::uint64_t dropped_ = 0;
};

/// To stderr, unless the lines were diverted.
class ProcessSink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  void divert(TakeLine take) {
    const std::lock_guard lock(mutex_);
    take_ = std::move(take);
  }

 protected:
  void sink_it_(const spdlog::details::log_msg& message) override {
    spdlog::memory_buf_t line;
    formatter_->format(message, line);
    const std::string_view text(line.data(), line.size());
    BUSKIN_CHECK(text.ends_with('\n'));
    if (take_ && take_(text.substr(0, text.find_last_not_of('\n') + 1))) return;
    errors_.write(text);
  }
  void flush_() override {}

 private:
  TakeLine take_;
  ErrorStream errors_;
};

ProcessSink& process_sink() {
  // Never destroyed: a thread may write a line while the process exits.
  static auto* const sink = new ProcessSink;
  return *sink;
}

}  // namespace

void divert_log(TakeLine take) { process_sink().divert(std::move(take)); }

void write_log(Level level, std::string_view who, std::string_view event, std::span<const LogField> fields) {
  BUSKIN_CHECK(level <= Level::Error);
  static const auto logger = [] {
    // The sink has no owner: it is never destroyed.
    const std::shared_ptr<spdlog::sinks::sink> sink(std::shared_ptr<void>(), &process_sink());
    auto made = std::make_shared<spdlog::logger>("buskin", sink);
    made->set_level(spdlog::level::trace);
    made->set_pattern("%Y-%m-%dT%H:%M:%S.%f %l %v");
    return made;
  }();
  std::string line(event);
  for (const LogField& field : fields) append_field(line, field);
  logger->log(static_cast<spdlog::level::level_enum>(level), "{}: {}", who, line);
}

}  // namespace buskin::runtime
