// report: rows as a table for people and as JSON for programs. Names and units are an interface.
#pragma once

#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <string>
#include <vector>

namespace measured {

struct Row {
  std::string name;
  std::string unit;
  std::vector<std::pair<std::string, double>> figures{};
};

class Report {
 public:
  void add(Row row) {
    std::printf("%-32s %-6s", row.name.c_str(), row.unit.c_str());
    for (const auto& [key, value] : row.figures) std::printf(" %s %.6g", key.c_str(), value);
    std::printf("\n");
    std::fflush(stdout);
    rows_.push_back(std::move(row));
  }

  /// False when the file cannot be written.
  bool write_json(const std::string& path) const {
    utsname machine{};
    (void)uname(&machine);
    std::ofstream file(path);
    file << "{\"machine\": {\"kernel\": \"" << machine.release << "\", \"arch\": \"" << machine.machine
         << "\", \"cpus\": " << sysconf(_SC_NPROCESSORS_ONLN) << "}, \"results\": [";
    const char* comma = "\n";
    for (const Row& row : rows_) {
      file << comma << "  {\"name\": \"" << row.name << "\", \"unit\": \"" << row.unit << '"';
      for (const auto& [key, value] : row.figures) file << ", \"" << key << "\": " << value;
      file << ", \"idle\": \"adaptive\"}";
      comma = ",\n";
    }
    file << "\n]}\n";
    file.close();
    return file.good();
  }

 private:
  std::vector<Row> rows_;
};

/// Median, min and max of the runs.
inline Row of_runs(std::string name, std::string unit, std::vector<double> runs) {
  std::sort(runs.begin(), runs.end());
  return {std::move(name),
          std::move(unit),
          {{"median", runs[runs.size() / 2]},
           {"min", runs.front()},
           {"max", runs.back()},
           {"runs", static_cast<double>(runs.size())}}};
}

}  // namespace measured
