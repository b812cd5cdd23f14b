// ReadOnlySegment: an existing segment for a process that only looks.
//
// A write to its pages would be a fault. So all that is reached through this is const; the kernel refuses the rest.
#pragma once

#include <string>
#include <utility>

#include "shm/segment/segment.hpp"

namespace buskin::shm {

class ReadOnlySegment {
 public:
  /// Maps an existing segment after it has compared the format. Errors: all but Exists.
  static Result<ReadOnlySegment, SegmentError> attach(const std::string& path);

  /// A function that only looks takes a `const Segment&`.
  operator const Segment&() const { return segment_; }
  const Segment* operator->() const { return &segment_; }

 private:
  explicit ReadOnlySegment(Segment segment) : segment_(std::move(segment)) {}

  Segment segment_;
};

}  // namespace buskin::shm
