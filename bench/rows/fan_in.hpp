// fan_in: the row `fan_in/BASE/8/64`.
#pragma once

#include "bench/harness/row.hpp"

namespace bench {

/// Eight actors send 64 bytes as often as they can to one other.
Rows fan_in_rows(const std::string& base);

}  // namespace bench
