// log: the command `buskin log`.
#pragma once

#include "admin/tool/choices.hpp"

namespace buskin::tool {

/// Prints the log of a system that runs, or that has ended and whose log is kept.
/// Returns the exit code. Throws std::runtime_error with a sentence.
int log(const Choices& choices);

}  // namespace buskin::tool
