// ProgramCommands: what the tool asks about programs: `buskin program add`, `remove` and `list`.
#pragma once

#include "admin/daemon/admin_context.hpp"
#include "admin/daemon/programs.hpp"
#include "system_generated.h"

namespace buskin::admin {

class ProgramCommands {
 public:
  ProgramCommands(const AdminContext& context, Programs& programs) : context_(context), programs_(programs) {}

  /// The program stays without use, and is started again when its fork server is gone. Returns the sentence
  /// why not; empty: done.
  std::string add(const protocol::AddProgram& asked);
  /// Its fork server ends as soon as its actors have.
  std::string remove(const protocol::RemoveProgram& asked);
  /// A line for each program.
  std::vector<std::string> list() const;

 private:
  const AdminContext& context_;
  Programs& programs_;
};

}  // namespace buskin::admin
