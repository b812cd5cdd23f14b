// start: starts an admin that stays, or asks a living one to stay.
#include "admin/tool/start.hpp"

#include <sstream>
#include <stdexcept>

#include "admin/tool/admin_link.hpp"
#include "admin/tool/print.hpp"
#include "admin/tool/segments.hpp"
#include "api/runtime/launch/log_file.hpp"
#include "api/runtime/launch/start_lock.hpp"
#include "api/runtime/start/admin_start.hpp"

namespace buskin::tool {

namespace {

/// The line by which the admin says how it began: with a new system, or with one that it resumes or resets.
std::string first_line_of_admin(const runtime::SystemPaths& paths) {
  std::istringstream log(runtime::read_log(paths.log));
  std::string last = "admin: started; its log cannot be read";
  for (std::string line; std::getline(log, line);) {
    if (line.starts_with("admin: ")) last = line;
  }
  return last;
}

void start_staying_admin(const runtime::StartLock& lock, const runtime::SystemPaths& paths, const Choices& choices) {
  runtime::SystemSettings settings;
  settings.name = choices.name;
  settings.memory_max = choices.memory_max;
  settings.log_bytes = choices.log_bytes;
  settings.log_files = choices.log_files;
  settings.reset = choices.reset;
  std::vector<std::string> arguments = runtime::admin_arguments(paths, settings);
  arguments.emplace_back("--stay");
  runtime::start_admin(lock, paths, arguments);
}

}  // namespace

int start(const Choices& choices) {
  runtime::check_memory(choices.memory_max);
  const runtime::SystemPaths paths = runtime::paths_of(choices.name);
  const runtime::StartLock lock(paths.lock);
  const bool is_new = !has_admin(paths);
  if (is_new) {
    start_staying_admin(lock, paths, choices);
  } else {
    AdminLink(paths).order<protocol::Stay>(protocol::Stay(0));
  }
  const auto segment = find_segment(paths);
  if (!segment) throw std::runtime_error("buskin: the system " + choices.name + " ended right after it was started");
  const std::uint32_t admin = view::view_system(*segment, paths).admin_pid;
  const std::string how = is_new ? first_line_of_admin(paths) : "admin: was running";
  print_result(
      choices,
      {{"system", choices.name}, {"started", is_new}, {"admin", admin}, {"segment", paths.segment}, {"how", how}},
      how + "\nsystem " + choices.name + " stays until `buskin stop`");
  return 0;
}

}  // namespace buskin::tool
