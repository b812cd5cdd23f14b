// record_loop_bare: the loop over the build of shm without records.
#pragma once

#include <memory>

#include "bench/rows/record_loop.hpp"

namespace bench {

std::unique_ptr<RecordLoop> loop_without_records();

}  // namespace bench
