// MemberId: one life of an entry of the process table.
//
// The entry is used again after a process has left; the generation tells its users apart.
#pragma once

#include <cstdint>

#include "shm/base/ids.hpp"

namespace buskin::runtime {

struct MemberId {
  shm::ProcessIndex index{};
  std::uint32_t gen = 0;

  friend constexpr bool operator==(MemberId, MemberId) = default;
  constexpr std::uint64_t word() const { return shm::to_bits(index) | std::uint64_t{gen} << 32; }
  static constexpr MemberId from_word(std::uint64_t word) {
    return {static_cast<shm::ProcessIndex>(word & 0xffff'ffff), static_cast<std::uint32_t>(word >> 32)};
  }
};

}  // namespace buskin::runtime
