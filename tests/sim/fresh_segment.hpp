// FreshSegment: a segment as it is after its creation, for each of thousands of runs.
//
// A new segment asks the kernel for its pages, which takes longer than a whole run does. So a run gives its segment
// back, and the next run gets it with every byte as it was at first. Pages that the last run had reserved are still
// there; the segment does not know that, and reserves them again.
#pragma once

#include <cstddef>
#include <cstring>
#include <optional>
#include <utility>
#include <vector>

#include "shm/segment/segment.hpp"
#include "tests/support/segment_fixture.hpp"

namespace buskin::test {

class FreshSegment {
 public:
  static Segment take(const TableCounts& counts) {
    std::optional<Spare>& spare = kept();
    if (!spare || std::memcmp(&spare->counts, &counts, sizeof counts) != 0) spare = made(counts);
    Segment segment = std::move(*std::exchange(spare->segment, std::nullopt));
    clear(segment);
    std::memcpy(start_of(segment), spare->start.data(), spare->start.size());
    return segment;
  }
  /// Nothing may use the segment any more.
  static void give_back(Segment segment) { kept()->segment = std::move(segment); }

 private:
  struct Spare {
    TableCounts counts;
    std::vector<std::byte> start;  ///< All in front of the tables, as it was after the creation.
    std::optional<Segment> segment;
  };

  static std::optional<Spare>& kept() {
    static std::optional<Spare> spare;
    return spare;
  }
  static Spare made(const TableCounts& counts) {
    Segment segment = Segment::create_private(small_segment(counts)).value();
    const std::byte* const start = start_of(segment);
    return {counts, {start, start + segment.layout().offset_of(Table::Processes, 0)}, std::move(segment)};
  }
  static std::byte* start_of(Segment& segment) { return reinterpret_cast<std::byte*>(&segment.superblock()); }

  static void clear(Segment& segment) {
    const Layout& layout = segment.layout();
    for (std::uint64_t unit = 0; unit < layout.count_of(Table::Units); ++unit) {
      if (!segment.is_backed(Table::Units, unit)) continue;
      const auto index = static_cast<UnitIndex>(unit);
      // relaxed: no run is under way.
      if (!UnitWord::unpack(segment.unit(index).word.load_relaxed()).backed) continue;
      std::memset(segment.unit_data(index), 0, kPieceBytes);
    }
    for (std::size_t at = 0; at < kTableCount; ++at) {
      const auto table = static_cast<Table>(at);
      if (table == Table::Backed || table == Table::Data) continue;
      for (std::uint64_t i = 0; i < layout.count_of(table); ++i) {
        if (segment.is_backed(table, i)) std::memset(&segment.row<std::byte>(table, i), 0, layout.entry_bytes[at]);
      }
    }
  }
};

}  // namespace buskin::test
