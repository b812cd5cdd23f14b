// Report: the table, the histogram and the JSON of a run.
#pragma once

#include <cstdio>
#include <string>

#include "../support/raw_round_trips.hpp"
#include "../support/spinning_gaps.hpp"
#include "sink.hpp"

namespace stages {

/// The figures of the bare machine: no row can be better.
struct Floor {
  support::Histogram cache_line;
  support::Histogram gaps;
};

inline Floor measure_floor() {
  return {support::raw_round_trips(100'000, support::RawWait::Spin),
          support::spinning_gaps(std::chrono::milliseconds(1000))};
}

struct Run {
  std::uint64_t sent = 0;
  std::uint64_t rate = 0;  ///< Asked for; 0: full.
  const char* base = "";
  bool is_killing = false;
  std::uint64_t lost() const { return sent - sink->count(); }
  const Sink* sink = nullptr;
  const Floor* floor = nullptr;
};

inline constexpr std::array<double, 4> kShares{0.5, 0.99, 0.999, 0.9999};

inline std::string time_text(std::uint64_t ns) {
  std::array<char, 32> text{};
  const auto value = static_cast<double>(ns);
  if (ns < 10'000)
    std::snprintf(text.data(), text.size(), "%lu ns", ns);
  else if (ns < 10'000'000)
    std::snprintf(text.data(), text.size(), "%.1f us", value / 1e3);
  else
    std::snprintf(text.data(), text.size(), "%.1f ms", value / 1e6);
  return text.data();
}

inline void print_row(const char* name, const support::Histogram& times) {
  std::printf("%-28s", name);
  for (const double share : kShares) std::printf(" %11s", time_text(times.percentile(share)).c_str());
  std::printf(" %11s\n", time_text(times.max()).c_str());
}

/// A bar for each power of two that was seen; the longest has 60 marks, every one at least one.
inline void print_histogram(const support::Histogram& times) {
  std::uint64_t most = 1;
  for (std::uint64_t low = 1; low != 0; low *= 2) most = std::max(most, times.between(low, low * 2));
  for (std::uint64_t low = 1; low != 0; low *= 2) {
    const std::uint64_t count = times.between(low, low * 2);
    if (count == 0) continue;
    const auto marks = static_cast<int>((count * 60 + most - 1) / most);
    std::printf("%11s  %10lu  %.*s\n", time_text(low).c_str(), count, marks,
                "############################################################");
  }
}

inline void print_gaps(const Sink& sink) {
  constexpr std::array<const char*, 5> kNames{"?", "mask", "count", "name", "?"};
  for (const Gap& gap : sink.gaps()) {
    std::printf("%10.3f s  killed %-6s longest gap %s\n", static_cast<double>(gap.at_ns) * 1e-9,
                kNames[std::min<std::size_t>(gap.stage, kNames.size() - 1)], time_text(gap.length_ns).c_str());
  }
  std::printf("%zu kills, %lu restarts, worst gap %s\n", sink.gaps().size(), sink.restarts(),
              time_text(sink.worst_gap_ns()).c_str());
}

inline void print_text(const Run& run) {
  std::printf("%-28s %11s %11s %11s %11s %11s\n", "", "p50", "p99", "p99.9", "p99.99", "max");
  print_row("source (due to sent)", run.sink->part(kSource));
  print_row("hop 1 (to mask)", run.sink->part(kHop1));
  print_row("hop 2 (to count)", run.sink->part(kHop2));
  print_row("hop 3 (to name)", run.sink->part(kHop3));
  print_row("hop 4 (to sink)", run.sink->part(kHop4));
  print_row("end to end (due to sink)", run.sink->part(kWhole));
  print_row("floor: cache line and back", run.floor->cache_line);
  print_row("floor: gaps of a spinner", run.floor->gaps);
  std::printf("\nend to end, from\n");
  print_histogram(run.sink->part(kWhole));
  std::printf("\n%lu words, %lu patterns, %.0f lines/s, base %s\n", run.sink->words(), run.sink->patterns(),
              run.sink->seconds() > 0 ? static_cast<double>(run.sink->count()) / run.sink->seconds() : 0, run.base);
  if (run.is_killing) print_gaps(*run.sink);
  std::printf("%lu lines: %lu lost, %lu out of order, %lu twice\n", run.sent, run.lost(), run.sink->out_of_order(),
              run.sink->duplicates());
}

inline void print_json_row(const char* name, const support::Histogram& times) {
  std::printf("\"%s\": {\"p50\": %lu, \"p99\": %lu, \"p999\": %lu, \"p9999\": %lu, \"max\": %lu}", name,
              times.percentile(kShares[0]), times.percentile(kShares[1]), times.percentile(kShares[2]),
              times.percentile(kShares[3]), times.max());
}

inline void print_json(const Run& run) {
  std::printf(
      "{\"lines\": %lu, \"lost\": %lu, \"out_of_order\": %lu, \"twice\": %lu, \"words\": %lu, "
      "\"patterns\": %lu, \"rate\": %lu, \"seconds\": %.6f, \"base\": \"%s\", \"kills\": %zu, "
      "\"restarts\": %lu, \"worst_gap\": %lu, \"latency_ns\": {",
      run.sent, run.lost(), run.sink->out_of_order(), run.sink->duplicates(), run.sink->words(), run.sink->patterns(),
      run.rate, run.sink->seconds(), run.base, run.sink->gaps().size(), run.sink->restarts(), run.sink->worst_gap_ns());
  for (std::size_t i = 0; i < kParts; ++i) {
    print_json_row(kPartNames[i], run.sink->part(i));
    std::printf(", ");
  }
  print_json_row("floor_cache_line", run.floor->cache_line);
  std::printf(", ");
  print_json_row("floor_gap", run.floor->gaps);
  std::printf("}}\n");
}

}  // namespace stages
