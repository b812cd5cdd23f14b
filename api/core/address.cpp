// Address: as text, buskin:SYSTEM/INDEX.GENERATION.
#include "buskin/address.hpp"

#include <charconv>
#include <cstdio>

namespace buskin::inline v0 {

namespace {

template <class Number>
bool take_number(std::string_view& text, Number& number, int base) {
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number, base);
  if (fault != std::errc{}) return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return true;
}

bool take_text(std::string_view& text, std::string_view expected) {
  if (!text.starts_with(expected)) return false;
  text.remove_prefix(expected.size());
  return true;
}

}  // namespace

std::string Address::to_string() const {
  char text[64];
  const int count = std::snprintf(text, sizeof text, "buskin:%llx/%u.%u",
                                  static_cast<unsigned long long>(system_), index_, generation_);
  return std::string(text, static_cast<std::size_t>(count));
}

std::optional<Address> Address::parse(std::string_view text) {
  std::uint64_t system = 0;
  std::uint32_t index = 0;
  std::uint32_t generation = 0;
  const bool whole = take_text(text, "buskin:") && take_number(text, system, 16) && take_text(text, "/") &&
                     take_number(text, index, 10) && take_text(text, ".") && take_number(text, generation, 10);
  if (!whole || !text.empty()) return std::nullopt;
  return Address(system, index, generation);
}

}  // namespace buskin::v0
