// Report: the figures of all rows, as a table for people and as JSON for programs.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "bench/harness/cost_meter.hpp"
#include "examples/support/histogram.hpp"

namespace bench {

/// What was measured of one row. Names and units are an interface.
struct Figures {
  std::string row;
  std::string unit;
  std::vector<std::pair<std::string, double>> values{};
  std::optional<Costs> costs{};
};

class Report {
 public:
  /// Prints the line of the row.
  void add(Figures figures);
  /// False when the file cannot be written.
  bool write_json(const std::string& path) const;

 private:
  std::vector<Figures> all_;
};

/// What the durations of a row are compared with, and in how many runs they were seen.
struct Comparison {
  double raw = 0;
  int runs = 1;
};

/// Percentiles of all runs together, and how many times `raw` their median is.
Figures figures_of_times(std::string row, const support::Histogram& times, const Comparison& comparison);

/// Median, minimum and maximum of the runs. Requires at least one.
Figures figures_of_rates(std::string row, std::vector<double> runs);

}  // namespace bench
