// type_name: names and ids of types, computed by the compiler.
#pragma once

#include <cstdint>
#include <string_view>

namespace buskin::inline v0::detail {

constexpr std::uint64_t hash_text(std::string_view text, std::uint64_t hash = 0xcbf2'9ce4'8422'2325) {
  for (const char c : text) {
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100'0000'01b3;
  }
  return hash;
}

template <class T>
constexpr std::string_view function_text() {
  return __PRETTY_FUNCTION__;
}

/// `space::Name` of a type in a named namespace. The same with g++ and clang.
template <class T>
constexpr std::string_view type_name() {
  constexpr std::string_view text = function_text<T>();
  constexpr std::string_view mark = "T = ";
  constexpr std::size_t begin = text.find(mark) + mark.size();
  constexpr std::size_t end = text.find_first_of(";]", begin);
  return text.substr(begin, end - begin);
}

}  // namespace buskin::v0::detail
