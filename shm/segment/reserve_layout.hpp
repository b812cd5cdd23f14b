// ReserveLayout: which units are the reserve, for the time when the memory is full.
//
// The first units of the data area are spans without an owner, from the creation of the segment on and for ever. Their
// pages are there from the beginning, any thread takes blocks of them (shm/memory/reserve.hpp), and no thread gives
// a unit of them back. So no death, and no other file in the memory file system, makes the reserve smaller.
//
//   unit % 4   0   blocks of 256 bytes    for all: small messages, the creation of small actors
//              1   blocks of 1 KiB        for all
//              2   blocks of 256 bytes    for supervision alone
//              3   blocks of 4 KiB        for supervision alone: among its messages are lists
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "shm/segment/segment.hpp"
#include "shm/segment/size_class.hpp"

namespace buskin::shm {

inline constexpr std::uint32_t kReserveGroup = 4;  ///< Units of the pattern above.
inline constexpr std::array<std::uint64_t, kReserveGroup> kReserveBytes = {256, 1'024, 256, 4'096};

constexpr std::uint8_t reserve_class(std::uint64_t unit) {
  return static_cast<std::uint8_t>(class_of(kReserveBytes[unit % kReserveGroup]));
}
constexpr bool is_for_supervision(std::uint64_t unit) { return unit % kReserveGroup >= 2; }
/// What the row of a unit of the reserve says, for ever.
constexpr UnitWord reserve_word(std::uint64_t unit) {
  return {.state = UnitState::Span, .size_class = reserve_class(unit), .backed = true};
}

/// Reserves the pages and writes the words. Its blocks are free, because fresh pages are zeroes. For the creator of a
/// segment, before it has its name.
Result<Done, MemoryError> lay_out_reserve(Segment& segment);

/// The tables of a system whose messages may take `memory_max` bytes (0: the default), in a file system of `room`
/// bytes (0: not known). The reserve is one part in 32 of the smaller one, and comes on top.
TableCounts system_tables(std::uint64_t memory_max, std::uint64_t room);
/// The size of the file system that `folder` lies in; 0 when it has no limit, or cannot be asked.
std::uint64_t room_of(const std::string& folder);

}  // namespace buskin::shm
