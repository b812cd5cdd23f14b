// LogField: one `key=value` of a line in the log.
#pragma once

#include <concepts>
#include <string>
#include <string_view>

#include "buskin/address.hpp"

namespace buskin::inline v0 {

struct LogField {
  LogField(std::string_view name, std::string_view text) : key(name), value(text) {}
  LogField(std::string_view name, const char* text) : key(name), value(text) {}
  LogField(std::string_view name, bool is) : key(name), value(is ? "true" : "false") {}
  LogField(std::string_view name, const Address& address) : key(name), value(address.to_string()) {}
  template <class Number>
    requires std::integral<Number> || std::floating_point<Number>
  LogField(std::string_view name, Number number) : key(name), value(std::to_string(number)) {}
  template <class Text>
    requires(std::convertible_to<const Text&, std::string_view>)
  LogField(std::string_view name, const Text& text) : key(name), value(std::string_view(text)) {}

  std::string_view key;
  std::string value;
};

}  // namespace buskin::v0
