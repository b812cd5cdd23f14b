// record_loop_full: SegmentLoop, compiled as everything else is.
#include "bench/rows/record_loop_full.hpp"

#include "bench/rows/segment_loop.hpp"

namespace bench {

std::unique_ptr<RecordLoop> loop_with_records() { return std::make_unique<buskin::records::SegmentLoop>(); }

}  // namespace bench
