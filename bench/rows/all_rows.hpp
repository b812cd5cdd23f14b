// all_rows: every row, in the order in which they are measured.
#pragma once

#include "bench/harness/row.hpp"

namespace bench {

/// `base`: processes or threads.
Rows all_rows(const std::string& base);

}  // namespace bench
