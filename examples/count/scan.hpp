// scan: finds identifiers, [A-Za-z_][A-Za-z0-9_]*, in bytes.
#pragma once

#include <array>
#include <string_view>

#include "table.hpp"

namespace count {

enum : unsigned char { kBegins = 1, kGoesOn = 2 };

inline constexpr std::array<unsigned char, 256> kKinds = [] {
  std::array<unsigned char, 256> kinds{};
  for (unsigned c = 0; c < 256; ++c) {
    const bool letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
    const bool digit = c >= '0' && c <= '9';
    kinds[c] = static_cast<unsigned char>((letter ? kBegins : 0) | (letter || digit ? kGoesOn : 0));
  }
  return kinds;
}();
inline bool is(char c, unsigned char kind) {
  return (kKinds[static_cast<unsigned char>(c)] & kind) != 0;
}

/// Adds every identifier of `text` to `table`; returns how many there were.
inline std::uint64_t scan(std::string_view text, Table& table) {
  std::uint64_t found = 0;
  const char* at = text.data();
  const char* const end = at + text.size();
  while (at != end) {
    if (!is(*at, kBegins)) {
      ++at;
      continue;
    }
    const char* const begin = at;
    std::uint64_t hash = kHashStart;
    while (at != end && is(*at, kGoesOn)) hash = hash_step(hash, *at++);
    table.add({begin, static_cast<std::size_t>(at - begin)}, hash, 1);
    ++found;
  }
  return found;
}

}  // namespace count
