// Chosen: settings of a test run, from the environment and from the build.
#pragma once

#include <cstdint>
#include <cstdlib>

namespace buskin::test {

inline std::uint64_t number_from(const char* variable, std::uint64_t otherwise) {
  const char* const text = std::getenv(variable);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool kIsSanitized = true;
#else
inline constexpr bool kIsSanitized = false;
#endif

/// True when the caller asked for the long forms of the tests.
inline bool is_long() { return std::getenv("BUSKIN_LONG") != nullptr; }

}  // namespace buskin::test
