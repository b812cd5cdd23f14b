// log: by spdlog.
//
// Floor: runtime.
#include "api/runtime/log.hpp"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

namespace buskin::runtime {

void write_log(Level level, std::string_view who, std::string_view text) {
  static const auto logger = [] {
    auto made = std::make_shared<spdlog::logger>("buskin", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made->set_level(spdlog::level::trace);
    made->set_pattern("%Y-%m-%dT%H:%M:%S.%f %l %v");
    return made;
  }();
  logger->log(static_cast<spdlog::level::level_enum>(level), "{}: {}", who, text);
}

}  // namespace buskin::runtime
