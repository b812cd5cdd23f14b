// status: the command `buskin status`.
#pragma once

#include "admin/tool/choices.hpp"

namespace buskin::tool {

/// Shows a system, or one of its actors.
/// Returns the exit code. Throws std::runtime_error with a sentence.
int status(const Choices& choices);

}  // namespace buskin::tool
