// records: the rows `records/message` and `records/turn`.
#pragma once

#include "bench/harness/row.hpp"

namespace bench {

/// What a message costs with and without the words that only a death needs, and a turn with and without its journal.
Rows records_rows();

}  // namespace bench
