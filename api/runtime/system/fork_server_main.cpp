// fork_server_main: what the arguments say, and the process as fork server or standby.
#include "api/runtime/system/fork_server_main.hpp"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <fstream>
#include <string_view>
#include <vector>

#include "api/runtime/fork_server/fork_server.hpp"
#include "api/runtime/fork_server/standby.hpp"
#include "api/runtime/launch/identity.hpp"
#include "api/runtime/launch/launch.hpp"
#include "shm/base/check.hpp"
#include "shm/os/process.hpp"

namespace buskin::runtime {

namespace {

constexpr std::string_view kServe = "--buskin-serve=";

/// From the kernel's copy, so this is called before a title is written over the arguments.
std::vector<std::string> own_command() {
  std::vector<std::string> command;
  std::ifstream arguments("/proc/self/cmdline", std::ios::binary);
  for (std::string argument; std::getline(arguments, argument, '\0');) command.push_back(argument);
  return command;
}

/// Takes the standby's argument out of the command. Returns the fork server whose standby this process is; 0 for none.
pid_t take_standby(std::vector<std::string>& command) {
  pid_t server = 0;
  std::erase_if(command, [&](const std::string& argument) {
    if (!argument.starts_with(kStandbyArgument)) return false;
    server = std::atoi(argument.c_str() + std::strlen(kStandbyArgument));
    return true;
  });
  return server;
}

}  // namespace

std::string served_segment(const int* argc, char** argv) {
  for (int i = 1; argc != nullptr && i < *argc; ++i) {
    const std::string_view argument = argv[i];
    if (argument.starts_with(kServe)) return std::string(argument.substr(kServe.size()));
  }
  if (argc != nullptr) return {};
  for (const std::string& argument : own_command()) {
    if (argument.starts_with(kServe)) return argument.substr(kServe.size());
  }
  return {};
}

void serve(const std::string& segment, const int* argc, char** argv) {
  BUSKIN_CHECK(!segment.empty());  // Then the arguments name no system, and this process is not a fork server.
  int code = 1;
  try {
    std::vector<std::string> command = own_command();
    const pid_t server = take_standby(command);
    if (argc != nullptr) shm::keep_argv(*argc, argv);
    const std::uint64_t program = program_key();
    const SystemPaths paths = paths_of_segment(segment);
    code = serve_with_standby(paths, command, server,
                              [&](Standby& standby) { return ForkServer(paths, program, standby).run(); });
  } catch (const std::exception& fault) {
    std::fprintf(stderr, "%s\n", fault.what());
    report_ready(fault.what());
  }
  std::fflush(nullptr);
  // The program's main goes on behind ActorSystem, and its static objects have destructors: not in this process.
  ::_exit(code);
}

}  // namespace buskin::runtime
