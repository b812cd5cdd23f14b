// ProgramLauncher: one thread for each fork server that is being started.
#include "admin/daemon/program_launcher.hpp"

#include <chrono>
#include <string>
#include <system_error>

#include "api/runtime/launch/launch.hpp"
#include "shm/os/limits.hpp"

namespace buskin::admin {

namespace {

void log_failure(runtime::SystemLog& log, const runtime::LaunchSpec& spec, const std::string& fault) {
  log.append("admin: the fork server of " + spec.executable + " did not start: " + fault);
}

}  // namespace

void ProgramLauncher::launch(const Kept& program) {
  std::erase_if(running_, [](const std::future<void>& one) {
    return one.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
  });
  std::vector<std::string> command = program.arguments;
  command.insert(command.begin(), program.path);
  command.push_back("--buskin-serve=" + context_.paths.segment);
  runtime::LaunchSpec spec{program.path, command, context_.paths.log, program.folder};
  // The fork server is ready when this admin has answered it, so the admin's own thread must not wait for it. The
  // standby of the dead fork server may be faster; then the admin refuses this one.
  try {
    running_.push_back(std::async(std::launch::async, [&log = context_.log, spec] {
      const std::string fault = runtime::launch(spec);
      if (!fault.empty()) log_failure(log, spec, fault);
    }));
  } catch (const std::system_error& refused) {
    log_failure(context_.log, spec, shm::limit_words(refused.code().value()));
  }
}

}  // namespace buskin::admin
