// create: the rows `create/light` and `create/process`.
#pragma once

#include "bench/harness/row.hpp"

namespace bench {

/// From create() of an actor to its first answer: in a shared process, and in a process of its own.
Rows create_rows(const std::string& base);

}  // namespace bench
