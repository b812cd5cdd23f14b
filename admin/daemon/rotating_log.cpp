// RotatingLog: by spdlog.
#include "admin/daemon/rotating_log.hpp"

#include <spdlog/sinks/rotating_file_sink.h>
#include <spdlog/spdlog.h>

#include <stdexcept>

#include "shm/base/check.hpp"

namespace buskin::admin {

RotatingLog::RotatingLog(const std::string& path, const runtime::LogLimits& limits) {
  BUSKIN_CHECK(limits.bytes >= runtime::kLogBytesMin && limits.files >= 1 && limits.files <= runtime::kLogFilesMax);
  runtime::create_log(path);
  try {
    auto sink = std::make_shared<spdlog::sinks::rotating_file_sink_mt>(path, limits.bytes, limits.files - 1);
    logger_ = std::make_shared<spdlog::logger>("log", std::move(sink));
  } catch (const spdlog::spdlog_ex& fault) {
    throw std::runtime_error("buskin: cannot write the log " + path + ": " + fault.what());
  }
  logger_->set_pattern("%v");
  // Other processes append to the file too: a line that were written in two parts could have theirs in its middle.
  logger_->flush_on(spdlog::level::trace);
  logger_->set_error_handler([](const std::string&) {});
}

void RotatingLog::append(std::string_view line) { logger_->info("{}", line); }

}  // namespace buskin::admin
