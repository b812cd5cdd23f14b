// records: the loop over the library as it is.
#include "bench/buskin_bench/records_loop.hpp"

namespace measured {

std::unique_ptr<RecordLoop> loop_with_records() { return std::make_unique<buskin::records::Loop>(); }

}  // namespace measured
