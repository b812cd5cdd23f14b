// Options of stages: what its command line says.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "../support/numbers.hpp"

namespace stages {

struct Options {
  std::vector<std::string> files{};  ///< None, or `-`: standard input.
  std::uint64_t rate = 100'000;      ///< Lines a second; 0: as fast as they go.
  std::uint32_t seconds = 0;         ///< Repeats the input for so long; 0: once.
  std::uint32_t kill_every_ms = 0;   ///< 0: nobody is killed.
  std::string base{};                ///< Empty: as the environment says.
  bool json = false;
  bool help = false;
};

inline constexpr std::uint64_t kRateMax = 100'000'000;
inline constexpr std::uint32_t kSecondsMax = 86'400;
inline constexpr std::uint32_t kKillEveryMax_ms = 3'600'000;
inline constexpr const char* kUsage =
    "Usage: stages [FILE...] [--rate N/s | --rate full] [--seconds S] [--kill-every MS]\n"
    "              [--base processes|threads|sequential] [--json]";

/// Sets what `name` says; a sentence when it cannot be.
inline std::string set_option(Options& options, std::string_view name, std::string_view value) {
  if (name == "--rate") {
    if (value == "full") {
      options.rate = 0;
      return {};
    }
    if (value.ends_with("/s")) value.remove_suffix(2);
    if (!support::parse_number(value, options.rate) || options.rate == 0 || options.rate > kRateMax) {
      return "--rate must be full, or 1/s to " + std::to_string(kRateMax) + "/s";
    }
  } else if (name == "--seconds") {
    if (!support::parse_number(value, options.seconds) || options.seconds == 0 || options.seconds > kSecondsMax) {
      return "--seconds must be 1 to " + std::to_string(kSecondsMax);
    }
  } else if (name == "--kill-every") {
    if (!support::parse_number(value, options.kill_every_ms) || options.kill_every_ms == 0 ||
        options.kill_every_ms > kKillEveryMax_ms) {
      return "--kill-every must be 1 to " + std::to_string(kKillEveryMax_ms) + " milliseconds";
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
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (argument.starts_with("--buskin-")) continue;  // Belongs to ActorSystem.
    if (argument == "--json") {
      options.json = true;
    } else if (argument == "--help") {
      options.help = true;
    } else if (argument.starts_with("--")) {
      const auto equals = argument.find('=');
      const bool joined = equals != argument.npos;
      if (!joined && i + 1 == argc) return std::string(argument) + " needs a value, or is no option";
      const std::string_view value = joined ? argument.substr(equals + 1) : std::string_view(argv[++i]);
      if (auto wrong = set_option(options, argument.substr(0, equals), value); !wrong.empty()) return wrong;
    } else {
      options.files.emplace_back(argument);
    }
  }
  return {};
}

}  // namespace stages
