// Options: what the command line of stages says.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "../support/command_line.hpp"

namespace stages {

struct Options : support::CommonOptions {
  std::vector<std::string> files{};  ///< None, or `-`: standard input.
  std::uint64_t rate = 100'000;      ///< Lines a second; 0: as fast as possible.
  std::uint32_t seconds = 0;         ///< Repeats the input for so long; 0: once.
};

inline constexpr std::uint64_t kRateMax = 100'000'000;
inline constexpr std::uint32_t kSecondsMax = 86'400;
inline constexpr const char* kUsage =
    "Usage: stages [FILE...] [--rate N/s | --rate full] [--seconds S] [--kill-every MS]\n"
    "              [--base processes|threads|sequential] [--json]";

inline std::string set_rate(Options& options, std::string_view text) {
  if (text == "full") {
    options.rate = 0;
    return {};
  }
  if (text.ends_with("/s")) text.remove_suffix(2);
  if (support::parse_number(text, options.rate) && options.rate > 0 && options.rate <= kRateMax) return {};
  return "--rate must be full, or 1/s to " + std::to_string(kRateMax) + "/s";
}

/// Fills `options`; a sentence when the command line makes no sense.
inline std::string parse(int argc, char** argv, Options& options) {
  const support::CommandLine line{
      .common = options,
      .switches = {},
      .numbers = {{"--seconds", &options.seconds, 1, kSecondsMax, ""}},
      .set = [&](std::string_view name, std::string_view value) -> std::string {
        if (name == "--rate") return set_rate(options, value);
        return "unknown option " + std::string(name);
      },
      .add = [&](std::string_view file) -> std::string {
        options.files.emplace_back(file);
        return {};
      },
  };
  return line.read(argc, argv);
}

}  // namespace stages
