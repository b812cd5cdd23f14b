// Options of count: what its command line says.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "../support/numbers.hpp"

namespace count {

struct Options {
  std::string directory = "/usr/include";
  std::uint32_t workers = 2;
  std::uint32_t top = 10;
  std::string base{};  ///< Empty: as the environment says.
  bool json = false;
  bool progress = false;
  bool help = false;
};

inline constexpr std::uint32_t kWorkersMax = 64;
inline constexpr std::uint32_t kTopMax = 100'000;
inline constexpr const char* kUsage =
    "Usage: count [DIR] [--workers N] [--base processes|threads|sequential] [--top K] [--json] [--progress]";

/// Sets what `name` says; a sentence when it cannot be.
inline std::string set_option(Options& options, std::string_view name, std::string_view value) {
  if (name == "--workers") {
    if (!support::parse_number(value, options.workers) || options.workers == 0 || options.workers > kWorkersMax) {
      return "--workers must be 1 to " + std::to_string(kWorkersMax) + ": somebody has to read the files";
    }
  } else if (name == "--top") {
    if (!support::parse_number(value, options.top) || options.top > kTopMax) {
      return "--top must be 0 to " + std::to_string(kTopMax);
    }
  } else if (name == "--base") {
    if (value != "processes" && value != "threads" && value != "sequential") {
      return "--base must be processes, threads or sequential";
    }
    options.base = value;
  } else {
    return "unknown option " + std::string(name);
  }
  return {};
}

/// Fills `options`; a sentence when the command line makes no sense.
inline std::string parse(int argc, char** argv, Options& options) {
  bool named = false;
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (argument.starts_with("--buskin-")) continue;  // Belongs to ActorSystem.
    if (argument == "--json") {
      options.json = true;
    } else if (argument == "--progress") {
      options.progress = true;
    } else if (argument == "--help") {
      options.help = true;
    } else if (argument.starts_with("--")) {
      const auto equals = argument.find('=');
      const bool joined = equals != argument.npos;
      if (!joined && i + 1 == argc) return std::string(argument) + " needs a value, or is no option";
      const std::string_view value = joined ? argument.substr(equals + 1) : std::string_view(argv[++i]);
      if (auto wrong = set_option(options, argument.substr(0, equals), value); !wrong.empty()) return wrong;
    } else if (named) {
      return "one directory only, not also " + std::string(argument);
    } else {
      options.directory = argument;
      named = true;
    }
  }
  return {};
}

}  // namespace count
