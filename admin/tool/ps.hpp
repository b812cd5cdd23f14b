// ps: the command `buskin ps`.
#pragma once

#include "admin/tool/choices.hpp"

namespace buskin::tool {

/// Lists the actors of a system.
/// Returns the exit code. Throws std::runtime_error with a sentence.
int ps(const Choices& choices);

}  // namespace buskin::tool
