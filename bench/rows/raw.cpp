// raw: what the machine itself needs for a round trip.
#include "bench/rows/raw.hpp"

#include "bench/harness/bench.hpp"
#include "examples/support/raw_round_trips.hpp"

namespace bench {

namespace {

void measure_raw(Bench& bench) {
  const auto times = support::raw_round_trips(bench.scale().raw_rounds * 5, support::RawWait::Spin);
  bench.add_without_costs(figures_of_times("raw", times, {.raw = static_cast<double>(times.percentile(0.5))}));
}

}  // namespace

Rows raw_rows() { return {{"raw", &measure_raw}}; }

}  // namespace bench
