// create: makes one Echo after the other and asks each once.
#include "bench/rows/create.hpp"

#include "bench/harness/bench.hpp"
#include "bench/rows/echo.hpp"
#include "examples/support/clock.hpp"

namespace bench {

namespace {

void measure_create(Bench& bench, const std::string& name, const buskin::Place& place, int count) {
  support::Histogram times;
  const buskin::CreateOptions options{.place = place};
  const auto first = must(bench.system().create<Echo>(options));  // Keeps a shared process alive.
  bench.start_costs();
  for (int i = 0; i < count; ++i) {
    const std::uint64_t begin = support::now_ns();
    const auto echo = must(bench.system().create<Echo>(options));
    if (!bench.system().ask<Payload64>(echo, std::chrono::seconds(5), Payload64())) {
      give_up("a new actor did not answer");
    }
    times.record(support::now_ns() - begin);
    bench.system().exit(echo);
  }
  bench.add(figures_of_times(name, times, {.raw = bench.raw_now()}));
  bench.system().exit(first);
}

void measure_light(Bench& bench) {
  measure_create(bench, "create/light", buskin::shared("light"), bench.scale().light_creations);
}

void measure_process(Bench& bench) {
  measure_create(bench, "create/process", buskin::own_process, bench.scale().process_creations);
}

}  // namespace

Rows create_rows(const std::string& base) {
  Rows rows{{"create/light", &measure_light}};
  if (base == "processes") rows.push_back({"create/process", &measure_process});
  return rows;
}

}  // namespace bench
