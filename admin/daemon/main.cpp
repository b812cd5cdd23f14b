// buskin-admin: the admin of one system. The first client starts it, or `buskin start` does.
#include <CLI/CLI.hpp>
#include <unistd.h>

#include <cstdio>
#include <memory>
#include <utility>

#include "admin/daemon/admin.hpp"
#include "api/runtime/launch/launch.hpp"
#include "shm/os/process.hpp"

namespace {

/// Errors begin with "buskin: ". The process that started the admin adds that itself, so it is cut off here.
std::string without_name(const std::string& sentence) {
  constexpr std::string_view kName = "buskin: ";
  return sentence.starts_with(kName) ? sentence.substr(kName.size()) : sentence;
}

/// An admin that cannot begin leaves no segment that it made.
std::unique_ptr<buskin::admin::Admin> begin(const buskin::admin::AdminOptions& options) {
  buskin::admin::Rule rule = buskin::admin::take_rule(options);
  const bool is_new = !rule.is_found;
  try {
    return std::make_unique<buskin::admin::Admin>(options, std::move(rule));
  } catch (...) {
    if (is_new) ::unlink(options.segment.c_str());
    throw;
  }
}

int rule(const buskin::admin::AdminOptions& options) {
  try {
    const auto admin = begin(options);
    buskin::runtime::report_ready();
    admin->run();
    return 0;
  } catch (const std::exception& fault) {
    std::fprintf(stderr, "buskin-admin: %s\n", without_name(fault.what()).c_str());
    buskin::runtime::report_ready(without_name(fault.what()));
    return 1;
  }
}

}  // namespace

int main(int argc, char** argv) {
  buskin::admin::AdminOptions options;
  CLI::App app("The admin of a Buskin system. The first client starts it, or `buskin start` does.", "buskin-admin");
  app.add_option("--segment", options.segment, "Path of the segment")->required();
  app.add_option("--name", options.name, "Name of the system");
  app.add_option("--linger-ns", options.linger_ns, "Nanoseconds without use after which the system ends");
  app.add_option("--memory", options.memory_max,
                 "Upper limit of message memory in bytes, as 67108864 or 64M; 0 for the default")
      ->transform(CLI::AsSizeValue(false));
  app.add_option("--log-bytes", options.log_bytes, "Bytes after which the log is turned over; 0 for the default")
      ->transform(CLI::AsSizeValue(false));
  app.add_option("--log-files", options.log_files, "How many files of the log are kept; 0 for the default");
  app.add_option("--owner", options.owner, "Process ID: the system ends when this process does");
  app.add_flag("--stay", options.is_staying, "Run until stopped, even without use");
  app.add_flag("--reset", options.is_reset, "Discard the state of a system whose processes are all dead");
  CLI11_PARSE(app, argc, argv);
  buskin::shm::keep_argv(argc, argv);
  buskin::shm::set_process_title("buskin-admin " + options.name);
  return rule(options);
}
