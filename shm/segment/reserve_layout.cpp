// reserve_layout: how large the reserve is, and its first words.
#include "shm/segment/reserve_layout.hpp"

#include <sys/statvfs.h>

#include <algorithm>
#include <limits>

namespace buskin::shm {

namespace {

constexpr std::uint64_t kReserveShare = 32;
constexpr std::uint64_t kReserveMax = 64;  // 4 MiB.

/// Zero stands for no limit.
std::uint64_t smaller_limit(std::uint64_t one, std::uint64_t other) {
  constexpr std::uint64_t kNone = std::numeric_limits<std::uint64_t>::max();
  return std::min(one == 0 ? kNone : one, other == 0 ? kNone : other);
}

}  // namespace

Result<Done, MemoryError> lay_out_reserve(Segment& segment) {
  const std::uint64_t units = segment.layout().reserve_units;
  if (units == 0) return Done{};
  BUSKIN_CHECK(units % kReserveGroup == 0);
  for (std::uint64_t unit = 0; unit < units; ++unit) {
    if (const auto backed = segment.back(Table::Units, unit); !backed.ok()) return backed;
  }
  if (const auto backed = segment.back_units(UnitIndex{}, units); !backed.ok()) return backed;
  for (std::uint64_t unit = 0; unit < units; ++unit) {
    // relaxed: the segment has no name yet.
    segment.unit(static_cast<UnitIndex>(unit)).word.store_relaxed(reserve_word(unit).pack());
  }
  return Done{};
}

TableCounts system_tables(std::uint64_t memory_max, std::uint64_t room) {
  TableCounts counts;
  const std::uint64_t share = smaller_limit(memory_max, room) / kReserveShare / kPieceBytes;
  const auto reserve = static_cast<std::uint32_t>(std::clamp<std::uint64_t>(share, kReserveGroup, kReserveMax));
  counts.reserve_units = reserve / kReserveGroup * kReserveGroup;
  if (memory_max != 0) counts.units = static_cast<std::uint32_t>((memory_max + kPieceBytes - 1) / kPieceBytes);
  counts.units += counts.reserve_units;
  return counts;
}

std::uint64_t room_of(const std::string& folder) {
  struct statvfs mount {};
  return ::statvfs(folder.c_str(), &mount) == 0 ? mount.f_blocks * mount.f_frsize : 0;
}

}  // namespace buskin::shm
