// ProgramCommands: reads and changes the list of programs.
#include "admin/daemon/program_commands.hpp"

#include "admin/daemon/text.hpp"

namespace buskin::admin {

std::string ProgramCommands::add(const protocol::AddProgram& asked) {
  Kept kept{text_of(asked.path()), {}, text_of(asked.folder())};
  for (flatbuffers::uoffset_t i = 0; asked.arguments() != nullptr && i < asked.arguments()->size(); ++i) {
    kept.arguments.push_back(text_of(asked.arguments()->Get(i)));
  }
  if (!programs_.has_path(kept.path)) return kept.path + " has no fork server here";
  programs_.keep(kept);
  return {};
}

std::string ProgramCommands::remove(const protocol::RemoveProgram& asked) {
  const std::string path = text_of(asked.path());
  bool is_found = programs_.unkeep(path);
  const std::vector<Server> servers = programs_.all();
  for (const Server& server : servers) {
    if (server.path != path) continue;
    is_found = true;
    (void)context_.service.post<protocol::EndServer>(server.mailbox, 0u);
    programs_.remove(server.program);
  }
  return is_found ? std::string() : "the system has no program " + path;
}

std::vector<std::string> ProgramCommands::list() const {
  std::vector<std::string> lines;
  for (const Server& server : programs_.all()) {
    std::string line = server.path + (programs_.find_kept(server.path) != nullptr ? " (added):" : ":");
    for (const auto& [id, name] : server.types) line += " " + name;
    lines.push_back(line);
  }
  return lines;
}

}  // namespace buskin::admin
