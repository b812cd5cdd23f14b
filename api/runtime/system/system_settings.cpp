// system_settings: the last argument wins over the environment.
#include "api/runtime/system/system_settings.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <string>

#include "api/runtime/launch/paths.hpp"
#include "shm/base/check.hpp"

namespace buskin::runtime {

namespace {

/// The value of the last `--buskin-KEY=value`, else of BUSKIN_KEY; null when there is none.
const char* setting(const int* argc, char** argv, const std::string& argument, const char* variable) {
  const char* value = std::getenv(variable);
  if (value != nullptr && *value == 0) value = nullptr;
  for (int i = 1; argc != nullptr && i < *argc; ++i) {
    if (std::strncmp(argv[i], argument.c_str(), argument.size()) == 0) value = argv[i] + argument.size();
  }
  return value;
}

Base base_of(const std::string& text) {
  if (text == "processes") return Base::Processes;
  if (text == "threads") return Base::Threads;
  if (text == "sequential") return Base::Sequential;
  throw std::runtime_error("buskin: the base is processes, threads or sequential, and not " + text);
}

}  // namespace

SystemOptions with_settings(const SystemOptions& options, const int* argc, char** argv) {
  const SystemOptions defaults;
  SystemOptions chosen = options;
  if (options.base == defaults.base) {
    if (const char* base = setting(argc, argv, "--buskin-base=", "BUSKIN_BASE")) chosen.base = base_of(base);
  }
  if (options.name == defaults.name) {
    if (const char* name = setting(argc, argv, "--buskin-name=", "BUSKIN_NAME")) chosen.name = name;
  }
  check_system_name(chosen.name);
  return chosen;
}

void take_out_arguments(int* argc, char** argv) {
  if (argc == nullptr) return;
  BUSKIN_CHECK(*argc >= 0 && argv != nullptr && argv[*argc] == nullptr);  // As main() gets them.
  char** const end = std::remove_if(argv + std::min(1, *argc), argv + *argc, [](const char* argument) {
    return std::strncmp(argument, "--buskin-", 9) == 0;
  });
  *argc = static_cast<int>(end - argv);
  argv[*argc] = nullptr;
}

}  // namespace buskin::runtime
