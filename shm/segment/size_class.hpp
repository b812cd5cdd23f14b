// SizeClass: how large blocks are, and how many share a span.
//
// 64 to 256 bytes in steps of a line, then two sizes per doubling up to 256 KiB.
// The first 16 classes live in spans of one unit, the others in spans of 16.
// A larger block gets a run of units of its own.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "shm/segment/layout.hpp"

namespace buskin::shm {

inline constexpr std::array<std::uint32_t, 24> kClassBytes = {
    64,    128,   192,    256,    384,    512,    768,     1'024,   1'536,   2'048,   3'072,    4'096,
    6'144, 8'192, 12'288, 16'384, 24'576, 32'768, 49'152, 65'536, 98'304, 131'072, 196'608, 262'144};
inline constexpr std::size_t kClassCount = kClassBytes.size();
inline constexpr std::size_t kOneUnitClasses = 16;
inline constexpr std::uint64_t kLargeSpanUnits = 16;

/// The smallest class that holds `bytes`; kClassCount when it takes a run.
constexpr std::size_t class_of(std::uint64_t bytes) {
  if (bytes <= 256) return bytes == 0 ? 0 : (bytes - 1) / 64;
  if (bytes > kClassBytes.back()) return kClassCount;
  const auto width = static_cast<std::size_t>(std::bit_width(bytes - 1));  // 257..512 has 9.
  const bool is_upper = bytes > std::uint64_t{3} << (width - 2);
  return 4 + 2 * (width - 9) + (is_upper ? 1 : 0);
}
static_assert(class_of(64) == 0 && class_of(65) == 1 && class_of(256) == 3 && class_of(257) == 4);
static_assert(class_of(384) == 4 && class_of(385) == 5 && class_of(262'144) == 23 && class_of(262'145) == 24);

constexpr std::uint64_t span_units(std::size_t size_class) {
  return size_class < kOneUnitClasses ? 1 : kLargeSpanUnits;
}
/// Looked up, because a division costs as much as an allocation.
inline constexpr auto kSpanBlocks = [] {
  std::array<std::uint32_t, kClassCount> blocks{};
  for (std::size_t i = 0; i < kClassCount; ++i) {
    blocks[i] = static_cast<std::uint32_t>(span_units(i) * kPieceBytes / kClassBytes[i]);
  }
  return blocks;
}();
constexpr std::uint32_t span_blocks(std::size_t size_class) { return kSpanBlocks[size_class]; }

}  // namespace buskin::shm
