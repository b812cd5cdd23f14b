// record_loop_full: the loop over the library as it is.
#pragma once

#include <memory>

#include "bench/rows/record_loop.hpp"

namespace bench {

std::unique_ptr<RecordLoop> loop_with_records();

}  // namespace bench
