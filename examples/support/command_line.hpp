// command_line: what the examples' command lines have in common.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

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

/// A sentence when `text` is not a base.
inline std::string set_base(std::string& base, std::string_view text) {
  for (const std::string_view known : {"processes", "threads", "sequential"}) {
    if (text == known) return base = text, std::string();
  }
  return "--base must be processes, threads or sequential";
}

struct CommandLine {
  std::vector<SwitchOption> switches;
  std::vector<NumberOption> numbers;
  /// Every other `--name value`; a sentence when it cannot be set, or there is no such option.
  std::function<std::string(std::string_view name, std::string_view value)> set;
  /// Every argument that is not an option.
  std::function<std::string(std::string_view)> add;

  std::string set_option(std::string_view name, std::string_view value) const {
    for (const NumberOption& number : numbers) {
      if (number.name == name) return set_number(number, value);
    }
    return set(name, value);
  }

  bool turn_on(std::string_view name) const {
    for (const SwitchOption& option : switches) {
      if (option.name == name) return *option.value = true;
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
