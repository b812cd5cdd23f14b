// round_trip: the rows `round_trip/BASE/awake/64` and `round_trip/BASE/asleep/64`.
#pragma once

#include "bench/harness/row.hpp"

namespace bench {

/// A question of 64 bytes and its answer: between actors that are awake, and to an actor that has fallen asleep.
Rows round_trip_rows(const std::string& base);

}  // namespace bench
