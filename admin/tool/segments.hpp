// segments: the segment of the system that a command is about.
#pragma once

#include <optional>

#include "admin/tool/choices.hpp"
#include "api/runtime/launch/paths.hpp"
#include "shm/segment/read_only_segment.hpp"

namespace buskin::tool {

/// None when the system has no segment. Throws std::runtime_error when there is one that cannot be used.
std::optional<shm::ReadOnlySegment> find_segment(const runtime::SystemPaths& paths);

/// Throws std::runtime_error also when the system has no segment; the sentence names the systems that have one.
shm::ReadOnlySegment open_segment(const Choices& choices, const runtime::SystemPaths& paths);

/// True when the system has a living admin. Throws as find_segment() does.
bool has_admin(const runtime::SystemPaths& paths);

}  // namespace buskin::tool
