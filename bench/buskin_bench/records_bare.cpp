// records_bare: the loop over the library without records. Here `buskin` means buskin_bare (CMakeLists.txt).
#include "bench/buskin_bench/records_loop.hpp"

namespace measured {

std::unique_ptr<RecordLoop> loop_without_records() { return std::make_unique<buskin::records::Loop>(); }

}  // namespace measured
