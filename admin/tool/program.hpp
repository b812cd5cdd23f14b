// program: the commands `buskin program add`, `list` and `remove`.
#pragma once

#include "admin/tool/choices.hpp"

namespace buskin::tool {

// Each returns the exit code, and throws std::runtime_error with a sentence.

/// Starts the fork server of a program and makes the admin keep it.
int program_add(const Choices& choices);
/// Lists the programs of a system with their actor types.
int program_list(const Choices& choices);
/// Stops the fork server of a program.
int program_remove(const Choices& choices);

}  // namespace buskin::tool
