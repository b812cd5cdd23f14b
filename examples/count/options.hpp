// Options: what the command line of count says.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "../support/command_line.hpp"

namespace count {

enum class Target : std::uint8_t { Actors, Admin };

struct Options : support::CommonOptions {
  std::string directory = "/usr/include";
  std::uint32_t workers = 2;
  std::uint32_t top = 10;
  std::uint32_t repeat = 1;  ///< Passes over the directory, each with actors of its own.
  Target target = Target::Actors;
  bool check = false;
  bool progress = false;
};

inline constexpr std::uint32_t kWorkersMax = 64;
inline constexpr std::uint32_t kTopMax = 100'000;
inline constexpr std::uint32_t kRepeatMax = 1'000'000;
inline constexpr const char* kUsage =
    "Usage: count [DIR] [--workers N] [--base processes|threads|sequential] [--top K] [--json] [--progress]\n"
    "             [--repeat N] [--check] [--kill-every MS [--kill actors|admin]]";

inline std::string set_target(Target& target, std::string_view text) {
  if (text != "actors" && text != "admin") return "--kill must be actors or admin";
  target = text == "admin" ? Target::Admin : Target::Actors;
  return {};
}

/// Fills `options`; a sentence when the command line makes no sense.
inline std::string parse(int argc, char** argv, Options& options) {
  bool named = false;
  const support::CommandLine line{
      .common = options,
      .switches = {{"--progress", &options.progress}, {"--check", &options.check}},
      .numbers = {{"--workers", &options.workers, 1, kWorkersMax, ": at least one reader has to read the files"},
                  {"--top", &options.top, 0, kTopMax, ""},
                  {"--repeat", &options.repeat, 1, kRepeatMax, ""}},
      .set = [&](std::string_view name, std::string_view value) -> std::string {
        if (name == "--kill") return set_target(options.target, value);
        return "unknown option " + std::string(name);
      },
      .add = [&](std::string_view directory) -> std::string {
        if (named) return "one directory only, not also " + std::string(directory);
        named = true;
        options.directory = directory;
        return {};
      },
  };
  return line.read(argc, argv);
}

}  // namespace count
