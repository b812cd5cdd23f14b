// read_only_segment: a segment whose pages are mapped without the right to write.
#include "shm/segment/read_only_segment.hpp"

namespace buskin::shm {

Result<ReadOnlySegment, SegmentError> ReadOnlySegment::attach(const std::string& path) {
  auto segment = Segment::attach_with(path, Access::ReadOnly);
  if (!segment.ok()) return Failure{segment.error()};
  return ReadOnlySegment(std::move(segment).value());
}

}  // namespace buskin::shm
