// raw: the row `raw`.
#pragma once

#include "bench/harness/row.hpp"

namespace bench {

/// A cache line to another process and back, without Buskin.
Rows raw_rows();

}  // namespace bench
