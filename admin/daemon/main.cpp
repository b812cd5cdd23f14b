// buskin-admin: the admin of one system. Started by the first client, or by `buskin start`.
#include <CLI/CLI.hpp>
#include <cstdio>

#include "admin/daemon/admin.hpp"
#include "api/runtime/launch/launch.hpp"
#include "shm/os/process.hpp"

namespace {

/// Sentences of ours begin with our name; whoever started us puts it in front himself.
std::string without_name(const std::string& sentence) {
  constexpr std::string_view kName = "buskin: ";
  return sentence.starts_with(kName) ? sentence.substr(kName.size()) : sentence;
}

int rule(const buskin::admin::AdminOptions& options) {
  try {
    buskin::admin::Admin admin(options, buskin::admin::take_rule(options));
    buskin::runtime::report_ready();
    admin.run();
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
  CLI::App app("The admin of a Buskin system. It is started by the first client, or by `buskin start`.", "buskin-admin");
  app.add_option("--segment", options.segment, "Path of the segment")->required();
  app.add_option("--name", options.name, "Name of the system");
  app.add_option("--linger-ns", options.linger_ns, "How long it stays without use");
  app.add_option("--memory", options.memory_max, "Most bytes of message memory");
  app.add_option("--owner", options.owner, "Process that the system ends with");
  app.add_flag("--stay", options.is_staying, "Ends only when told to");
  app.add_flag("--reset", options.is_reset, "Forgets a system whose processes are all dead");
  CLI11_PARSE(app, argc, argv);
  buskin::shm::keep_argv(argc, argv);
  buskin::shm::set_process_title("buskin-admin " + options.name);
  return rule(options);
}
