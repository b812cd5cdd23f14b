// version: the command `buskin version`.
#pragma once

#include "admin/tool/choices.hpp"

namespace buskin::tool {

/// Shows the versions of the program and of the layout of segments.
/// Returns the exit code. Throws std::runtime_error with a sentence.
int version(const Choices& choices);

}  // namespace buskin::tool
