// Options: what the command line of stages says.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "../support/command_line.hpp"

namespace stages {

struct Options {
  std::vector<std::string> files{};  ///< None, or `-`: standard input.
  std::uint64_t rate = 100'000;      ///< Lines a second; 0: as fast as possible.
  std::uint32_t seconds = 0;         ///< Repeats the input for so long; 0: once.
  std::uint32_t kill_every_ms = 0;   ///< 0: no process is killed.
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

inline std::string set_rate(Options& options, std::string_view text) {
  if (text == "full") return options.rate = 0, std::string();
  if (text.ends_with("/s")) text.remove_suffix(2);
  if (support::parse_number(text, options.rate) && options.rate > 0 && options.rate <= kRateMax) return {};
  return "--rate must be full, or 1/s to " + std::to_string(kRateMax) + "/s";
}

/// Fills `options`; a sentence when the command line makes no sense.
inline std::string parse(int argc, char** argv, Options& options) {
  const support::CommandLine line{
      .switches = {{"--json", &options.json}, {"--help", &options.help}},
      .numbers = {{"--seconds", &options.seconds, 1, kSecondsMax, ""},
                  {"--kill-every", &options.kill_every_ms, 1, kKillEveryMax_ms, " milliseconds"}},
      .set = [&](std::string_view name, std::string_view value) -> std::string {
        if (name == "--rate") return set_rate(options, value);
        if (name == "--base") return support::set_base(options.base, value);
        return "unknown option " + std::string(name);
      },
      .add = [&](std::string_view file) { return options.files.emplace_back(file), std::string(); },
  };
  return line.read(argc, argv);
}

}  // namespace stages
