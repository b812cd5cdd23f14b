// record_loop_bare: SegmentLoop, compiled with `buskin` defined as buskin_bare (see bench/CMakeLists.txt).
#include "bench/rows/record_loop_bare.hpp"

#include "bench/rows/segment_loop.hpp"

namespace bench {

std::unique_ptr<RecordLoop> loop_without_records() { return std::make_unique<buskin::records::SegmentLoop>(); }

}  // namespace bench
