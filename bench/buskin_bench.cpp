// buskin_bench: what a message costs between actors, beside what the machine itself needs.
//
// README.md says what each row is; rows/FAMILY.cpp measures the rows whose names begin with FAMILY. Actors and
// clients do all that is measured through public headers; only the counters are read from the segment.
#include <cstdio>
#include <cstdlib>

#include "bench/harness/bench.hpp"
#include "bench/rows/all_rows.hpp"

namespace bench {

namespace {

int run(int argc, char** argv, const Options& options, const Rows& rows) {
  setenv("BUSKIN_BASE", options.base.c_str(), 1);
  buskin::ActorSystem system(argc, argv, {.name = "bench", .private_system = true});  // It leaves nothing behind.
  Report report;
  Bench bench(system, options, report);
  for (const Row& row : rows) {
    if (options.wants(row.name)) row.measure(bench);
  }
  if (!options.json.empty() && !report.write_json(options.json)) {
    std::fprintf(stderr, "buskin_bench: cannot write %s\n", options.json.c_str());
    return 1;
  }
  return 0;
}

int main(int argc, char** argv) {
  Options options;
  if (const char* base = std::getenv("BUSKIN_BASE")) options.base = base;
  std::string wrong = parse(argc, argv, options);
  const Rows rows = all_rows(options.base);
  if (wrong.empty()) wrong = check_names(options.names, rows);
  if (!wrong.empty()) {
    std::fprintf(stderr, "buskin_bench: %s\n%s\n", wrong.c_str(), kUsage);
    return 2;
  }
  if (options.help) return std::puts(kUsage) < 0 ? 1 : 0;
  try {
    return run(argc, argv, options, rows);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "buskin_bench: %s\n", error.what());
    return 1;
  }
}

}  // namespace

}  // namespace bench

int main(int argc, char** argv) { return bench::main(argc, argv); }
