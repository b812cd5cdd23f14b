// Options: read from the command line.
#include "bench/harness/options.hpp"

#include <algorithm>

namespace bench {

bool Options::wants(std::string_view row) const {
  if (names.empty()) return true;
  return std::any_of(names.begin(), names.end(), [&](const auto& name) { return row.starts_with(name); });
}

std::string parse(int argc, char** argv, Options& options) {
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
  if (options.base == "processes" || options.base == "threads") return {};
  return "--base must be processes or threads: with one loop there is nothing to measure between actors";
}

std::string check_names(const std::vector<std::string>& names, const Rows& rows) {
  for (const std::string& name : names) {
    if (std::any_of(rows.begin(), rows.end(), [&](const Row& row) { return row.name.starts_with(name); })) continue;
    std::string sentence = "no row begins with " + name + "; there are";
    for (const Row& row : rows) sentence += " " + row.name;
    return sentence;
  }
  return {};
}

}  // namespace bench
