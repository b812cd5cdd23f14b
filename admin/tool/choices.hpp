// Choices: what the command line of `buskin` says.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace buskin::tool {

struct Choices {
  std::string name = "default";        ///< Name of the system.
  bool json = false;
  bool all = false;                    ///< ps: list the mailboxes of clients too.
  bool reset = false;                  ///< start: discard the state of a dead system.
  double deadline_s = 5;               ///< stop: kill what still runs after this time.
  std::uint64_t memory_max = 0;        ///< start: bytes; 0 for the default.
  std::uint64_t log_bytes = 0;         ///< start: of one file of the log; 0 for the default.
  std::uint32_t log_files = 0;         ///< start: how many files of the log are kept; 0 for the default.
  std::size_t lines = 0;               ///< log: how many of the last lines; 0 for all.
  std::string actor;                   ///< status: name, address or number.
  std::string path;                    ///< program: path of the executable.
  std::vector<std::string> arguments;  ///< program add: arguments of the program.
};

}  // namespace buskin::tool
