// commands: what `buskin` does. Each prints its result, and throws std::runtime_error with a sentence.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace buskin::tool {

struct Choices {
  std::string name = "default";     ///< Of the system.
  bool json = false;
  bool all = false;                 ///< ps: clients too.
  bool reset = false;               ///< start: forget what a dead system left.
  double deadline_s = 5;            ///< stop: until what has not ended is killed.
  std::uint64_t memory_max = 0;
  std::string actor;                ///< status: name, address or index.
  std::string path;                 ///< program: of the executable.
  std::vector<std::string> arguments;
};

void start(const Choices& choices);
void stop(const Choices& choices);
void status(const Choices& choices);
void ps(const Choices& choices);
void deaths(const Choices& choices);
/// Returns the exit code: 1 when something is not where it belongs.
int fsck(const Choices& choices);
void version(const Choices& choices);
void program_add(const Choices& choices);
void program_list(const Choices& choices);
void program_remove(const Choices& choices);

}  // namespace buskin::tool
