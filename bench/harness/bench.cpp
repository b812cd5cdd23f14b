// Bench: adds costs to figures, and measures the machine.
#include "bench/harness/bench.hpp"

#include <cstdio>
#include <cstdlib>

#include "examples/support/raw_round_trips.hpp"

namespace bench {

Bench::Bench(buskin::ActorSystem& system, const Options& options, Report& report)
    : system_(system), options_(options), report_(report),
      meter_(system.name(), system.base() == buskin::Base::Processes) {}

void Bench::add(Figures figures) {
  figures.costs = meter_.since_start();
  report_.add(std::move(figures));
}

double Bench::raw_now() const {
  return static_cast<double>(support::raw_round_trips(scale().raw_rounds, support::RawWait::Spin).percentile(0.5));
}

void give_up(const char* why) {
  std::fprintf(stderr, "buskin_bench: %s\n", why);
  std::exit(1);
}

}  // namespace bench
