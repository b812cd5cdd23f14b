// command_line: what the examples' command lines have in common.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "common_options.hpp"
#include "numbers.hpp"

namespace support {

struct SwitchOption {
  std::string_view name;
  bool* value;
};

struct NumberOption {
  std::string_view name;
  std::uint32_t* value;
  std::uint32_t min;
  std::uint32_t max;
  const char* why;  ///< Ends the sentence of a number out of bounds.
};

/// A sentence when `text` is not a number within the option's bounds.
inline std::string set_number(const NumberOption& option, std::string_view text) {
  if (parse_number(text, *option.value) && *option.value >= option.min && *option.value <= option.max) return {};
  return std::string(option.name) + " must be " + std::to_string(option.min) + " to " + std::to_string(option.max) +
         option.why;
}

struct CommandLine {
  CommonOptions& common;
  std::vector<SwitchOption> switches;
  std::vector<NumberOption> numbers;
  /// Sets any other `--name value`. Returns a sentence when it cannot, or when there is no such option.
  std::function<std::string(std::string_view name, std::string_view value)> set;
  /// Takes an argument that is not an option. Returns a sentence when it cannot.
  std::function<std::string(std::string_view)> add;

  std::string set_option(std::string_view name, std::string_view value) const {
    if (name == "--base") return set_base(common.base, value);
    if (name == "--kill-every") {
      return set_number({name, &common.kill_every_ms, 1, kKillEveryMax_ms, " milliseconds"}, value);
    }
    for (const NumberOption& number : numbers) {
      if (number.name == name) return set_number(number, value);
    }
    return set(name, value);
  }

  bool turn_on(std::string_view name) const {
    if (turn_on(name, {{"--json", &common.json}, {"--help", &common.help}})) return true;
    return turn_on(name, switches);
  }

  static bool turn_on(std::string_view name, const std::vector<SwitchOption>& options) {
    for (const SwitchOption& option : options) {
      if (option.name != name) continue;
      *option.value = true;
      return true;
    }
    return false;
  }

  /// A sentence when the command line makes no sense.
  std::string read(int argc, char** argv) const {
    for (int i = 1; i < argc; ++i) {
      const std::string_view argument = argv[i];
      if (argument.starts_with("--buskin-")) continue;  // Belongs to ActorSystem.
      if (turn_on(argument)) continue;
      std::string wrong;
      if (argument.starts_with("--")) {
        const auto equals = argument.find('=');
        const bool joined = equals != argument.npos;
        if (!joined && i + 1 == argc) return std::string(argument) + " needs a value, or is not an option";
        wrong =
            set_option(argument.substr(0, equals), joined ? argument.substr(equals + 1) : std::string_view(argv[++i]));
      } else {
        wrong = add(argument);
      }
      if (!wrong.empty()) return wrong;
    }
    return {};
  }
};

}  // namespace support
