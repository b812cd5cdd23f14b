// Options of buskin_bench: which rows, how often, and where the figures go.
#pragma once

#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace measured {

inline constexpr const char* kUsage =
    "Usage: buskin_bench [NAME...] [--base processes|threads] [--json FILE] [--quick]\n"
    "NAME chooses the rows whose name begins with it; none: all.";

/// How much is measured. Quick only shows that all of it runs.
struct Scale {
  int runs = 5;  ///< After one that warms up.
  std::uint32_t raw_rounds = 200'000;
  std::uint32_t futex_rounds = 5'000;
  std::uint64_t rounds = 200'000;
  std::uint64_t asleep_rounds = 1'000;
  std::uint64_t messages = 2'000'000;
  int hand_offs = 2'000;
  int large_hand_offs = 200;
  int light_births = 2'000;
  int process_births = 100;
  int recoveries = 100;
  int full_recoveries = 10;
  std::uint64_t queued = 100'000;
  int record_pairs = 20'000;
};
inline constexpr Scale kQuick{.runs = 1,
                              .raw_rounds = 2'000,
                              .futex_rounds = 50,
                              .rounds = 500,
                              .asleep_rounds = 10,
                              .messages = 20'000,
                              .hand_offs = 20,
                              .large_hand_offs = 3,
                              .light_births = 10,
                              .process_births = 3,
                              .recoveries = 3,
                              .full_recoveries = 1,
                              .queued = 1'000,
                              .record_pairs = 200};

struct Options {
  std::vector<std::string> names{};
  std::string base = "processes";
  std::string json{};
  Scale scale{};
  bool help = false;

  bool wants(std::string_view row) const {
    if (names.empty()) return true;
    return std::any_of(names.begin(), names.end(), [&](const auto& name) { return row.starts_with(name); });
  }
};

/// A row's name from its parts.
inline std::string row_name(std::initializer_list<std::string_view> parts) {
  std::string name;
  for (const std::string_view part : parts) name += (name.empty() ? "" : "/") + std::string(part);
  return name;
}

inline constexpr std::size_t kSizes[] = {64, 4096, 65'536, 1'048'576, 16'777'216};
inline constexpr std::string_view kSendersText = "8";

/// Every row there is, in the order in which they are measured.
inline std::vector<std::string> all_rows(const std::string& base) {
  std::vector<std::string> rows{"raw", "records/message", "records/turn", row_name({"round_trip", base, "awake", "64"}),
                                row_name({"round_trip", base, "asleep", "64"}), row_name({"stream", base, "64"}),
                                row_name({"fan_in", base, kSendersText, "64"})};
  for (const std::size_t bytes : kSizes) rows.push_back(row_name({"size", base, std::to_string(bytes)}));
  rows.push_back(row_name({"create", "light"}));
  if (base != "processes") return rows;
  rows.push_back(row_name({"create", "process"}));
  rows.push_back(row_name({"recovery", "crash_to_next_message"}));
  rows.push_back(row_name({"recovery", "crash_to_next_message", "queued"}));
  return rows;
}

/// Fills `options`; a sentence when the command line makes no sense.
inline std::string parse(int argc, char** argv, Options& options) {
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (argument.starts_with("--buskin-")) continue;  // Belongs to ActorSystem.
    if (argument == "--quick") {
      options.scale = kQuick;
    } else if (argument == "--help") {
      options.help = true;
    } else if (argument == "--json" || argument == "--base") {
      if (i + 1 == argc) return std::string(argument) + " needs a value";
      (argument == "--json" ? options.json : options.base) = argv[++i];
    } else if (argument.starts_with("-")) {
      return "unknown option " + std::string(argument);
    } else {
      options.names.emplace_back(argument);
    }
  }
  if (options.base != "processes" && options.base != "threads") {
    return "--base must be processes or threads: in one loop there is nothing to measure between actors";
  }
  for (const std::string& name : options.names) {
    const auto rows = all_rows(options.base);
    if (std::any_of(rows.begin(), rows.end(), [&](const auto& row) { return row.starts_with(name); })) continue;
    std::string sentence = "no row begins with " + name + "; there are";
    for (const auto& row : rows) sentence += " " + row;
    return sentence;
  }
  return {};
}

}  // namespace measured
