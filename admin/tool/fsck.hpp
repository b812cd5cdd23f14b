// fsck: the command `buskin fsck`.
#pragma once

#include "admin/tool/choices.hpp"

namespace buskin::tool {

/// Checks the segment of a system. Returns 1 when it is damaged.
/// Returns the exit code. Throws std::runtime_error with a sentence.
int fsck(const Choices& choices);

}  // namespace buskin::tool
