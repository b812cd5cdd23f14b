// common_options: what the command line of each example that works for a while lets its user choose.
#pragma once

#include <stdlib.h>

#include <buskin/buskin.hpp>
#include <cstdint>
#include <string>
#include <string_view>

namespace support {

inline constexpr std::uint32_t kKillEveryMax_ms = 3'600'000;

struct CommonOptions {
  std::uint32_t kill_every_ms = 0;  ///< 0: no process is killed.
  std::string base{};               ///< Empty: as the environment says.
  bool json = false;
  bool help = false;
};

/// As `--base` takes it.
constexpr const char* name_of(buskin::Base base) {
  switch (base) {
    case buskin::Base::Processes: return "processes";
    case buskin::Base::Threads: return "threads";
    case buskin::Base::Sequential: return "sequential";
  }
  return "";
}

/// A sentence when `text` is not a base.
inline std::string set_base(std::string& base, std::string_view text) {
  for (const auto known : {buskin::Base::Processes, buskin::Base::Threads, buskin::Base::Sequential}) {
    if (text != name_of(known)) continue;
    base = text;
    return {};
  }
  return "--base must be processes, threads or sequential";
}

/// Before the system is opened.
inline void choose_base(const CommonOptions& options) {
  if (!options.base.empty()) setenv("BUSKIN_BASE", options.base.c_str(), 1);
}

/// A sentence when processes shall be killed and the actors do not have their own.
inline std::string check_base(const CommonOptions& options, buskin::Base base) {
  if (options.kill_every_ms == 0 || base == buskin::Base::Processes) return {};
  return "--kill-every needs the base processes: the others live in this one";
}

}  // namespace support
