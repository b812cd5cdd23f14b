// numbers: a number on a command line.
#pragma once

#include <charconv>
#include <string_view>

namespace support {

/// False unless all of `text` is a number that fits.
template <class N>
bool parse_number(std::string_view text, N& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size();
}

}  // namespace support
