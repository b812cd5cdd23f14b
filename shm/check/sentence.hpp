// sentence: the words and numbers of a finding, one behind the other.
#pragma once

#include <concepts>
#include <string>
#include <string_view>

namespace buskin::shm {

inline std::string text_of(std::string_view text) {
  return std::string(text);
}
template <std::integral Number>
std::string text_of(Number number) {
  return std::to_string(number);
}

/// Joins words and numbers to one text.
template <class... Parts>
std::string sentence(const Parts&... parts) {
  return (text_of(parts) + ...);
}

}  // namespace buskin::shm
