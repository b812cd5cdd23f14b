// SystemSettings: the last of several arguments wins.
#include "api/runtime/launch/system_settings.hpp"

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <string>
#include <string_view>

#include "api/runtime/launch/log_limits.hpp"
#include "api/runtime/launch/paths.hpp"
#include "shm/base/check.hpp"

namespace buskin::runtime {

namespace {

/// The value of the last `--buskin-KEY=value`; without one, of BUSKIN_KEY; null when there is neither.
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

/// As `buskin start --memory` takes it: 67108864, 64M, 1G, with or without B or iB.
std::uint64_t bytes_of(const std::string& text) {
  constexpr std::string_view kUnits = "KMGT";
  char* end = nullptr;
  errno = 0;
  const std::uint64_t number = std::strtoull(text.c_str(), &end, 10);
  std::string unit(end);
  for (char& letter : unit) letter = static_cast<char>(std::toupper(static_cast<unsigned char>(letter)));
  if (unit.ends_with("IB")) {
    unit.resize(unit.size() - 2);
  } else if (unit.ends_with("B")) {
    unit.pop_back();
  }
  const std::size_t power = unit.empty() ? 0 : kUnits.find(unit) + 1;
  const bool is_number = end != text.c_str() && text.front() != '-' && errno == 0;
  const bool is_unit = unit.empty() || (unit.size() == 1 && power != 0);
  const std::uint64_t factor = std::uint64_t{1} << 10 * (is_unit ? power : 0);
  if (!is_number || !is_unit || number > UINT64_MAX / factor) {
    throw std::runtime_error(
        "buskin: the memory of a system is a number of bytes, such as 67108864, 64M or 1G, and not " + text);
  }
  return number * factor;
}

void check_log(const SystemSettings& settings) {
  const std::uint64_t bytes = settings.log_bytes;
  const bool has_bytes = bytes == 0 || (bytes >= kLogBytesMin && bytes <= kLogBytesMax);
  if (has_bytes && settings.log_files <= kLogFilesMax) return;
  throw std::runtime_error("buskin: a log has 1 to 100 files of 4096 bytes to 1 TiB, and not " +
                           std::to_string(settings.log_files) + " of " + std::to_string(bytes));
}

}  // namespace

void check_memory(std::uint64_t memory_max) {
  if (memory_max == 0 || memory_max >= kMemoryMin) return;
  throw std::runtime_error("buskin: the messages of a system take 1 MiB at least, and " + std::to_string(memory_max) +
                           " bytes are too few");
}

SystemSettings decide_settings(const SystemOptions& options, const int* argc, char** argv) {
  SystemSettings settings;
  settings.private_system = options.private_system;
  settings.linger = options.linger;
  settings.reset = options.reset;
  settings.strict = options.strict;
  if (options.memory_max != 0) {
    settings.memory_max = options.memory_max;
  } else if (const char* const memory = setting(argc, argv, "--buskin-memory=", "BUSKIN_MEMORY")) {
    settings.memory_max = bytes_of(memory);
  }
  settings.log_bytes = options.log_bytes;
  settings.log_files = options.log_files;
  settings.message_max = options.message_max;
  settings.seed = options.seed;
  if (options.base) {
    settings.base = *options.base;
  } else if (const char* const base = setting(argc, argv, "--buskin-base=", "BUSKIN_BASE")) {
    settings.base = base_of(base);
  }
  if (options.name) {
    settings.name = *options.name;
  } else if (const char* const name = setting(argc, argv, "--buskin-name=", "BUSKIN_NAME")) {
    settings.name = name;
  }
  check_system_name(settings.name);
  check_log(settings);
  check_memory(settings.memory_max);
  return settings;
}

Duration linger_of(const SystemSettings& settings) { return asked_linger(settings).value_or(kLingerDefault); }

std::optional<Duration> asked_linger(const SystemSettings& settings) {
  const char* const seconds = std::getenv("BUSKIN_LINGER");
  if (settings.linger || seconds == nullptr) return settings.linger;
  char* end = nullptr;
  const double value = std::strtod(seconds, &end);
  if (end == seconds || *end != '\0' || !(value >= 0) || value > 1e6) {
    throw std::runtime_error(std::string("buskin: BUSKIN_LINGER is a number of seconds, and not ") + seconds);
  }
  return Duration(static_cast<std::int64_t>(value * 1e9));
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
