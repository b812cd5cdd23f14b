// LogLimits: how much of a system's log is kept.
#pragma once

#include <cstdint>

namespace buskin::runtime {

inline constexpr std::uint64_t kLogBytesDefault = 1 << 20;
inline constexpr std::uint64_t kLogBytesMin = 4'096;
inline constexpr std::uint64_t kLogBytesMax = std::uint64_t{1} << 40;
inline constexpr std::uint32_t kLogFilesDefault = 4;
inline constexpr std::uint32_t kLogFilesMax = 100;

struct LogLimits {
  std::uint64_t bytes = kLogBytesDefault;  ///< A file that has grown beyond this is turned over.
  std::uint32_t files = kLogFilesDefault;  ///< That many are kept, the present one among them.
};

}  // namespace buskin::runtime
