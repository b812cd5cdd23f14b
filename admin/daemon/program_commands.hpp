// ProgramCommands: carries out `buskin program add`, `remove` and `list`.
#pragma once

#include "admin/daemon/admin_context.hpp"
#include "admin/daemon/programs.hpp"
#include "system_generated.h"

namespace buskin::admin {

class ProgramCommands {
 public:
  ProgramCommands(const AdminContext& context, Programs& programs) : context_(context), programs_(programs) {}

  /// Keeps the program: its fork server stays without use, and is started again when it is gone. Returns a sentence
  /// if that fails, otherwise an empty string.
  std::string add(const protocol::AddProgram& asked);
  /// Ends its fork server as soon as its actors have ended. Returns as add().
  std::string remove(const protocol::RemoveProgram& asked);
  /// One line for each program.
  std::vector<std::string> list() const;

 private:
  const AdminContext& context_;
  Programs& programs_;
};

}  // namespace buskin::admin
