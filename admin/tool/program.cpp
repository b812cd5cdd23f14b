// program: launches a fork server here; the admin does the rest.
#include "admin/tool/program.hpp"

#include <unistd.h>

#include <filesystem>
#include <stdexcept>

#include "admin/tool/admin_link.hpp"
#include "admin/tool/print.hpp"
#include "admin/tool/segments.hpp"
#include "api/runtime/launch/launch.hpp"

namespace buskin::tool {

namespace {

std::string executable_at(const std::string& path) {
  std::error_code fault;
  const auto found = std::filesystem::canonical(path, fault);
  if (fault || ::access(found.c_str(), X_OK) != 0) {
    throw std::runtime_error("buskin: " + path + " is not an executable file");
  }
  return found.string();
}

void launch_fork_server(const Choices& choices, const std::string& path, const runtime::SystemPaths& paths) {
  std::vector<std::string> command = choices.arguments;
  command.insert(command.begin(), path);
  command.push_back("--buskin-serve=" + paths.segment);
  const std::string fault = runtime::launch({path, command, paths.log, {}});
  if (!fault.empty()) throw std::runtime_error("buskin: the fork server of " + path + " did not start: " + fault);
}

}  // namespace

int program_add(const Choices& choices) {
  const runtime::SystemPaths paths = runtime::paths_of(choices.name);
  const std::string path = executable_at(choices.path);
  if (!has_admin(paths)) {
    throw std::runtime_error("buskin: no system \"" + choices.name + "\" is running; start it with `buskin start`");
  }
  launch_fork_server(choices, path, paths);
  std::error_code fault;
  const std::string folder = std::filesystem::current_path(fault).string();
  const std::vector<std::string_view> arguments(choices.arguments.begin(), choices.arguments.end());
  AdminLink(paths).order<protocol::AddProgram>(path, arguments, folder);
  print_result(choices, {{"system", choices.name}, {"added", path}}, "program " + path + " is added");
  return 0;
}

int program_remove(const Choices& choices) {
  std::error_code fault;
  const auto found = std::filesystem::canonical(choices.path, fault);
  const std::string path = fault ? choices.path : found.string();  // The file may have been deleted.
  AdminLink(runtime::paths_of(choices.name)).order<protocol::RemoveProgram>(path);
  print_result(choices, {{"system", choices.name}, {"removed", path}}, "program " + path + " is removed");
  return 0;
}

int program_list(const Choices& choices) {
  AdminLink link(runtime::paths_of(choices.name));
  const auto nothing = [](auto& builder) { return protocol::CreateListPrograms(builder); };
  const auto answer = link.ask<protocol::ListPrograms, protocol::Programs>(nothing);
  Json lines = Json::array();
  const auto* const listed = answer->lines();
  for (flatbuffers::uoffset_t i = 0; listed != nullptr && i < listed->size(); ++i) {
    lines.push_back(listed->Get(i)->str());
  }
  if (choices.json) {
    print_json({{"system", choices.name}, {"programs", lines}});
    return 0;
  }
  for (const Json& line : lines) print_line(plain(line));
  return 0;
}

}  // namespace buskin::tool
