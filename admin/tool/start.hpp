// start: the command `buskin start`.
#pragma once

#include "admin/tool/choices.hpp"

namespace buskin::tool {

/// Starts a system that runs until `buskin stop`, or lets one that runs stay.
/// Returns the exit code. Throws std::runtime_error with a sentence.
int start(const Choices& choices);

}  // namespace buskin::tool
