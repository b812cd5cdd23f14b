// open: the segment that a command looks at, or a sentence that names those that there are.
#pragma once

#include "admin/tool/commands.hpp"
#include "api/runtime/launch/paths.hpp"
#include "shm/segment/segment.hpp"

namespace buskin::tool {

/// Throws std::runtime_error.
shm::Segment open_segment(const Choices& choices, const runtime::SystemPaths& paths);

}  // namespace buskin::tool
