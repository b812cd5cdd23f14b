// Options of count: what its command line says.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "../support/numbers.hpp"

namespace count {

enum class Target : std::uint8_t { Actors, Admin };

struct Options {
  std::string directory = "/usr/include";
  std::uint32_t workers = 2;
  std::uint32_t top = 10;
  std::uint32_t repeat = 1;         ///< Passes over the directory, each with actors of its own.
  std::uint32_t kill_every_ms = 0;  ///< 0: nobody is killed.
  Target target = Target::Actors;
  std::string base{};  ///< Empty: as the environment says.
  bool check = false;
  bool json = false;
  bool progress = false;
  bool help = false;
};

inline constexpr std::uint32_t kWorkersMax = 64;
inline constexpr std::uint32_t kTopMax = 100'000;
inline constexpr std::uint32_t kRepeatMax = 1'000'000;
inline constexpr std::uint32_t kKillEveryMax_ms = 3'600'000;
inline constexpr const char* kUsage =
    "Usage: count [DIR] [--workers N] [--base processes|threads|sequential] [--top K] [--json] [--progress]\n"
    "             [--repeat N] [--check] [--kill-every MS [--kill actors|admin]]";

struct NumberOption {
  std::string_view name;
  std::uint32_t* value;
  std::uint32_t min;
  std::uint32_t max;
  const char* why;
};

inline std::string set_number(const NumberOption& option, std::string_view text) {
  if (support::parse_number(text, *option.value) && *option.value >= option.min && *option.value <= option.max)
    return {};
  return std::string(option.name) + " must be " + std::to_string(option.min) + " to " + std::to_string(option.max) +
         option.why;
}

/// Sets what `name` says; a sentence when it cannot be.
inline std::string set_option(Options& options, std::string_view name, std::string_view value) {
  const NumberOption numbers[] = {
      {"--workers", &options.workers, 1, kWorkersMax, ": somebody has to read the files"},
      {"--top", &options.top, 0, kTopMax, ""},
      {"--repeat", &options.repeat, 1, kRepeatMax, ""},
      {"--kill-every", &options.kill_every_ms, 1, kKillEveryMax_ms, " milliseconds"},
  };
  for (const NumberOption& number : numbers) {
    if (number.name == name) return set_number(number, value);
  }
  if (name == "--base") {
    if (value != "processes" && value != "threads" && value != "sequential") {
      return "--base must be processes, threads or sequential";
    }
    options.base = value;
  } else if (name == "--kill") {
    if (value != "actors" && value != "admin") return "--kill must be actors or admin";
    options.target = value == "admin" ? Target::Admin : Target::Actors;
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
    } else if (argument == "--check") {
      options.check = true;
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
