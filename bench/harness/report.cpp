// Report: text and JSON of the figures.
#include "bench/harness/report.hpp"

#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <fstream>

#include "shm/base/check.hpp"

namespace bench {

namespace {

std::string figure_text(double value) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), value < 1000 && value != static_cast<int>(value) ? "%.2f" : "%.0f", value);
  return text.data();
}

std::string cpu_model() {
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);) {
    if (!line.starts_with("model name") || line.find(": ") == line.npos) continue;
    std::string model = line.substr(line.find(": ") + 2);
    std::erase_if(model, [](char c) { return c == '"' || c == '\\'; });
    return model;
  }
  return "unknown";
}

void write_row(std::ostream& file, const Figures& figures) {
  file << "  {\"name\": \"" << figures.row << "\", \"unit\": \"" << figures.unit << '"';
  for (const auto& [key, value] : figures.values) file << ", \"" << key << "\": " << value;
  if (figures.row != "raw") file << ", \"idle\": \"adaptive\"";
  if (figures.costs) {
    file << ", \"wakes_per_message\": " << figures.costs->wakes << ", \"waits_per_message\": " << figures.costs->waits;
  }
  file << "}";
}

}  // namespace

void Report::add(Figures figures) {
  std::printf("%-30s %-6s", figures.row.c_str(), figures.unit.c_str());
  for (const auto& [key, value] : figures.values) std::printf("  %s %s", key.c_str(), figure_text(value).c_str());
  if (figures.costs) std::printf("  wakes %.3f  waits %.3f", figures.costs->wakes, figures.costs->waits);
  std::printf("\n");
  std::fflush(stdout);
  all_.push_back(std::move(figures));
}

bool Report::write_json(const std::string& path) const {
  utsname machine{};
  (void)uname(&machine);
  std::ofstream file(path);
  file.precision(10);
  file << "{\"machine\": {\"cpu\": \"" << cpu_model() << "\", \"kernel\": \"" << machine.release << "\", \"arch\": \""
       << machine.machine << "\", \"cpus\": " << sysconf(_SC_NPROCESSORS_ONLN) << "}, \"results\": [";
  const char* comma = "\n";
  for (const Figures& figures : all_) {
    file << comma;
    write_row(file, figures);
    comma = ",\n";
  }
  file << "\n]}\n";
  file.close();
  return file.good();
}

Figures figures_of_times(std::string row, const support::Histogram& times, const Comparison& comparison) {
  const auto p = [&](double share) { return static_cast<double>(times.percentile(share)); };
  return {std::move(row),
          "ns",
          {{"p50", p(0.5)},
           {"p99", p(0.99)},
           {"p999", p(0.999)},
           {"max", static_cast<double>(times.max())},
           {"runs", comparison.runs},
           {"raw", comparison.raw},
           {"ratio", comparison.raw > 0 ? p(0.5) / comparison.raw : 0}}};
}

Figures figures_of_rates(std::string row, std::vector<double> runs) {
  BUSKIN_CHECK(!runs.empty());
  std::sort(runs.begin(), runs.end());
  return {std::move(row),
          "msg/s",
          {{"median", runs[runs.size() / 2]},
           {"min", runs.front()},
           {"max", runs.back()},
           {"runs", static_cast<double>(runs.size())}}};
}

}  // namespace bench
