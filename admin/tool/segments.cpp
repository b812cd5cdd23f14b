// segments: attached read-only, so that a command cannot damage a system at which it looks.
#include "admin/tool/segments.hpp"

#include <stdexcept>
#include <utility>

#include "api/runtime/start/admin_process.hpp"

namespace buskin::tool {

std::optional<shm::ReadOnlySegment> find_segment(const runtime::SystemPaths& paths) {
  auto segment = shm::ReadOnlySegment::attach(paths.segment);
  if (segment.ok()) return std::move(segment).value();
  const shm::SegmentFault fault = segment.error().code;
  if (fault == shm::SegmentFault::NotFound || fault == shm::SegmentFault::Vanished) return std::nullopt;
  throw std::runtime_error("buskin: " + segment.error().detail);
}

shm::ReadOnlySegment open_segment(const Choices& choices, const runtime::SystemPaths& paths) {
  if (auto segment = find_segment(paths)) return std::move(*segment);
  std::string sentence = "buskin: no system \"" + choices.name + "\" is running in " + runtime::systems_folder();
  const char* before = "; these are: ";
  for (const std::string& name : runtime::list_systems()) {
    sentence += std::exchange(before, ", ");
    sentence += '"' + name + '"';
  }
  throw std::runtime_error(sentence);
}

bool has_admin(const runtime::SystemPaths& paths) {
  const auto segment = find_segment(paths);
  return segment && runtime::has_living_admin(*segment, paths);
}

}  // namespace buskin::tool
