// serve: is this process a fork server, and if so, its life.
//
// Floor: runtime.
#include <cstdio>
#include <cstring>
#include <exception>
#include <fstream>
#include <string_view>

#include <unistd.h>

#include "api/runtime/process/fork_server.hpp"
#include "api/runtime/process/identity.hpp"
#include "api/runtime/process/launch.hpp"
#include "api/runtime/process/processes_system.hpp"
#include "api/runtime/process/standby.hpp"
#include "shm/os/process.hpp"

namespace buskin::runtime {

namespace {

constexpr std::string_view kServe = "--buskin-serve=";

}  // namespace

std::string served_segment(const int* argc, char** argv) {
  for (int i = 1; argc != nullptr && i < *argc; ++i) {
    const std::string_view argument = argv[i];
    if (argument.starts_with(kServe)) return std::string(argument.substr(kServe.size()));
  }
  if (argc != nullptr) return {};
  std::ifstream arguments("/proc/self/cmdline", std::ios::binary);
  for (std::string argument; std::getline(arguments, argument, '\0');) {
    if (argument.starts_with(kServe)) return argument.substr(kServe.size());
  }
  return {};
}

bool is_fork_server(int argc, char** argv) { return !served_segment(&argc, argv).empty(); }

void serve(const std::string& segment, const int* argc, char** argv) {
  int code = 1;
  try {
    if (argc != nullptr) shm::keep_argv(*argc, argv);
    const std::uint64_t program = program_key();
    shm::set_process_title("buskin: fork server");
    const SystemPaths paths = paths_of_segment(segment);
    code = serve_with_standby(paths, [&] { return ForkServer(paths, program).run(); });
  } catch (const std::exception& fault) {
    std::fprintf(stderr, "%s\n", fault.what());
    report_ready(fault.what());
  }
  std::fflush(nullptr);
  // What stands behind ActorSystem in main, and what static objects do at the end, is the program's.
  ::_exit(code);
}

}  // namespace buskin::runtime
