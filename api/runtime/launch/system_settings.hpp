// SystemSettings: what was decided about the system to open.
//
// Order: code, arguments, environment, default. An option that the code sets wins even where it sets the default.
// Only arguments that begin with --buskin- are read, and they are taken out.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "buskin/options.hpp"

namespace buskin::runtime {

struct SystemSettings {
  std::string name = kSystemNameDefault;
  Base base = Base::Processes;
  bool private_system = false;
  std::optional<Duration> linger{};  ///< Nothing: linger_of() decides, when an admin is started.
  bool reset = false;
  bool strict = false;
  std::uint64_t memory_max = 0;
  std::uint64_t log_bytes = 0;
  std::uint32_t log_files = 0;
  std::uint64_t message_max = 0;
  std::uint64_t seed = 0;
};

/// What `options`, arguments and environment say together; `argc` may be null. Throws std::runtime_error with a
/// sentence.
SystemSettings decide_settings(const SystemOptions& options, const int* argc, char** argv);

/// A system with less could not even be joined.
inline constexpr std::uint64_t kMemoryMin = 1 << 20;
/// Throws std::runtime_error when messages may take too little; 0 is the default.
void check_memory(std::uint64_t memory_max);

/// By the settings, or by BUSKIN_LINGER in seconds. Throws std::runtime_error with a sentence.
std::optional<Duration> asked_linger(const SystemSettings& settings);
/// The same, or the default.
Duration linger_of(const SystemSettings& settings);

/// Takes the arguments that begin with --buskin- out of `argv`; `argc` may be null.
void take_out_arguments(int* argc, char** argv);

}  // namespace buskin::runtime
