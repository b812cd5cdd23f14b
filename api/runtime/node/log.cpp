// log: lines made by spdlog.
#include "api/runtime/node/log.hpp"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

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

}  // namespace

void write_log(Level level, std::string_view who, std::string_view event, std::span<const LogField> fields) {
  BUSKIN_CHECK(level <= Level::Error);
  static const auto logger = [] {
    auto made = std::make_shared<spdlog::logger>("buskin", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made->set_level(spdlog::level::trace);
    made->set_pattern("%Y-%m-%dT%H:%M:%S.%f %l %v");
    return made;
  }();
  std::string line(event);
  for (const LogField& field : fields) append_field(line, field);
  const shm::PipeSignalHeld held;
  logger->log(static_cast<spdlog::level::level_enum>(level), "{}: {}", who, line);
}

}  // namespace buskin::runtime
