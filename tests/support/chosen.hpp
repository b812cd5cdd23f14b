// Chosen: what the caller of a test chooses, by variables of the environment and by the build.
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

/// Wants the long forms of the tests.
inline bool is_long() { return std::getenv("BUSKIN_LONG") != nullptr; }

}  // namespace buskin::test
