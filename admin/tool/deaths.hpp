// deaths: the command `buskin deaths`.
#pragma once

#include "admin/tool/choices.hpp"

namespace buskin::tool {

/// Lists the processes of a system that died, from its log.
/// Returns the exit code. Throws std::runtime_error with a sentence.
int deaths(const Choices& choices);

}  // namespace buskin::tool
