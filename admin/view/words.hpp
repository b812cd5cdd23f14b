// words: values of enumerations as the words that people read, and texts of fixed length.
#pragma once

#include <array>
#include <cstring>
#include <string>
#include <string_view>

namespace buskin::view {

/// The word for an enumerator. A segment that was damaged may hold a value without one.
template <class Enum, std::size_t kCount>
constexpr std::string_view word_for(Enum value, const std::array<std::string_view, kCount>& words) {
  const auto at = static_cast<std::size_t>(value);
  return at < kCount ? words[at] : "unknown";
}

/// buskin::Idle.
inline constexpr std::array<std::string_view, 3> kIdles = {"adaptive", "spin", "sleep"};

/// The text in an array of the segment, which may be full and then has no end mark.
template <std::size_t kBytes>
std::string text_in(const std::array<char, kBytes>& text) {
  return {text.data(), ::strnlen(text.data(), text.size())};
}

}  // namespace buskin::view
