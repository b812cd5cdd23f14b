// serve: is this process a fork server, and if so, its life.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <fstream>
#include <string_view>
#include <vector>

#include <unistd.h>

#include "api/runtime/fork_server/fork_server.hpp"
#include "api/runtime/launch/identity.hpp"
#include "api/runtime/launch/launch.hpp"
#include "api/runtime/system/processes_system.hpp"
#include "api/runtime/fork_server/standby.hpp"
#include "shm/os/process.hpp"

namespace buskin::runtime {

namespace {

constexpr std::string_view kServe = "--buskin-serve=";

/// By the kernel's copy: before a title is written over it.
std::vector<std::string> own_command() {
  std::vector<std::string> command;
  std::ifstream arguments("/proc/self/cmdline", std::ios::binary);
  for (std::string argument; std::getline(arguments, argument, '\0');) command.push_back(argument);
  return command;
}

/// Takes the standby's argument out of the command. Returns whose standby it is; 0 when it is none.
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

bool is_fork_server(int argc, char** argv) { return !served_segment(&argc, argv).empty(); }

void serve(const std::string& segment, const int* argc, char** argv) {
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
  // What stands behind ActorSystem in main, and what static objects do at the end, is the program's.
  ::_exit(code);
}

}  // namespace buskin::runtime
