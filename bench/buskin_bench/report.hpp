// Report: rows as a table for people and as JSON for programs. Names and units are an interface.
#pragma once

#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <fstream>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "bench/buskin_bench/costs.hpp"
#include "examples/support/histogram.hpp"

namespace measured {

struct Row {
  std::string name;
  std::string unit;
  std::vector<std::pair<std::string, double>> figures{};
  std::optional<Costs> costs{};
};

class Report {
 public:
  void add(Row row) {
    std::printf("%-30s %-6s", row.name.c_str(), row.unit.c_str());
    for (const auto& [key, value] : row.figures) std::printf("  %s %s", key.c_str(), figure_text(value).c_str());
    if (row.costs) std::printf("  wakes %.3f  waits %.3f", row.costs->wakes, row.costs->waits);
    std::printf("\n");
    std::fflush(stdout);
    rows_.push_back(std::move(row));
  }

  /// False when the file cannot be written.
  bool write_json(const std::string& path) const {
    utsname machine{};
    (void)uname(&machine);
    std::ofstream file(path);
    file.precision(10);
    file << "{\"machine\": {\"cpu\": \"" << cpu_model() << "\", \"kernel\": \"" << machine.release << "\", \"arch\": \""
         << machine.machine << "\", \"cpus\": " << sysconf(_SC_NPROCESSORS_ONLN) << "}, \"results\": [";
    const char* comma = "\n";
    for (const Row& row : rows_) {
      file << comma << "  {\"name\": \"" << row.name << "\", \"unit\": \"" << row.unit << '"';
      for (const auto& [key, value] : row.figures) file << ", \"" << key << "\": " << value;
      if (row.name != "raw") file << ", \"idle\": \"adaptive\"";
      if (row.costs) {
        file << ", \"wakes_per_message\": " << row.costs->wakes << ", \"waits_per_message\": " << row.costs->waits;
      }
      file << "}";
      comma = ",\n";
    }
    file << "\n]}\n";
    file.close();
    return file.good();
  }

 private:
  static std::string figure_text(double value) {
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), value < 1000 && value != static_cast<int>(value) ? "%.2f" : "%.0f", value);
    return text.data();
  }
  static std::string cpu_model() {
    std::ifstream info("/proc/cpuinfo");
    for (std::string line; std::getline(info, line);) {
      if (!line.starts_with("model name") || line.find(": ") == line.npos) continue;
      std::string model = line.substr(line.find(": ") + 2);
      std::erase_if(model, [](char c) { return c == '"' || c == '\\'; });
      return model;
    }
    return "unknown";
  }
  std::vector<Row> rows_;
};

/// Percentiles of all runs together, and how many times `raw` their median is.
inline Row of_times(std::string name, const support::Histogram& times, double raw, int runs) {
  const auto p = [&](double share) { return static_cast<double>(times.percentile(share)); };
  return {std::move(name),
          "ns",
          {{"p50", p(0.5)},
           {"p99", p(0.99)},
           {"p999", p(0.999)},
           {"max", static_cast<double>(times.max())},
           {"runs", runs},
           {"raw", raw},
           {"ratio", raw > 0 ? p(0.5) / raw : 0}}};
}

/// Median, min and max of the runs.
inline Row of_rates(std::string name, std::vector<double> runs) {
  std::sort(runs.begin(), runs.end());
  return {std::move(name),
          "msg/s",
          {{"median", runs[runs.size() / 2]},
           {"min", runs.front()},
           {"max", runs.back()},
           {"runs", static_cast<double>(runs.size())}}};
}

}  // namespace measured
