// stop: the command `buskin stop`.
#pragma once

#include "admin/tool/choices.hpp"

namespace buskin::tool {

/// Stops a system and removes its files. Starts an admin for it when the system has lost its own.
/// Returns the exit code. Throws std::runtime_error with a sentence.
int stop(const Choices& choices);

}  // namespace buskin::tool
