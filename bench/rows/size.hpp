// size: the rows `size/BASE/BYTES`.
#pragma once

#include "bench/harness/row.hpp"

namespace bench {

/// A client sends a message that is ready, of 64 bytes to 16 MiB; its reader looks at 8 of them.
Rows size_rows(const std::string& base);

}  // namespace bench
