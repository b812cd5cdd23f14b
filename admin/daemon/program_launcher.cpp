// ProgramLauncher: one thread for each fork server that is being started.
#include "admin/daemon/program_launcher.hpp"

#include <chrono>

#include "api/runtime/launch/launch.hpp"

namespace buskin::admin {

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
  running_.push_back(std::async(std::launch::async, [&log = context_.log, spec = std::move(spec)] {
    const std::string fault = runtime::launch(spec);
    if (!fault.empty()) log.append("admin: the fork server of " + spec.executable + " did not start: " + fault);
  }));
}

}  // namespace buskin::admin
