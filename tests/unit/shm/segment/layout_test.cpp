// layout_test: the places of the tables, and that nobody changes them by accident.
#include <gtest/gtest.h>

#include <cstdio>

#include "tests/support/scratch.hpp"

namespace buskin::test {
namespace {

constexpr const char* kTableNames[kTableCount] = {"backed", "processes", "threads", "types", "links", "replies",
                                                  "faults", "names",     "ready",   "units", "actors", "logs", "data"};

/// What layout_hash() was when the layout was last changed on purpose. A change of the layout changes
/// kLayoutVersion too: then put both here.
constexpr std::uint64_t kRecordedVersion = 3;
constexpr std::uint64_t kRecordedHash = 0xb451'06ed'87f4'9449;

std::uint64_t end_of(const Layout& layout, std::size_t table) {
  return layout.offset[table] + layout.entry_bytes[table] * layout.count[table];
}

TEST(Layout, IsTheRecordedOne) {
  const Layout layout = Layout::of(TableCounts{});
  std::printf("%-10s %16s %12s %12s\n", "table", "offset", "entry", "count");
  for (std::size_t t = 0; t < kTableCount; ++t) {
    std::printf("%-10s %16llu %12llu %12llu\n", kTableNames[t], static_cast<unsigned long long>(layout.offset[t]),
                static_cast<unsigned long long>(layout.entry_bytes[t]),
                static_cast<unsigned long long>(layout.count[t]));
  }
  std::printf("bytes %llu, layout version %u, hash 0x%llx\n", static_cast<unsigned long long>(layout.bytes_total),
              kLayoutVersion, static_cast<unsigned long long>(layout_hash()));
  EXPECT_EQ(kLayoutVersion, kRecordedVersion);
  EXPECT_EQ(layout_hash(), kRecordedHash) << "the layout changed: raise kLayoutVersion";
}

void expect_apart(const TableCounts& counts) {
  const Layout layout = Layout::of(counts);
  EXPECT_GE(layout.offset[0], sizeof(Superblock));
  for (std::size_t t = 1; t < kTableCount; ++t) {
    EXPECT_EQ(layout.offset[t] % kPieceBytes, 0u) << kTableNames[t];
    EXPECT_GE(layout.offset[t], end_of(layout, t - 1)) << kTableNames[t];
  }
  EXPECT_EQ(layout.bytes_total, end_of(layout, kTableCount - 1));
}

TEST(Layout, KeepsTablesApartOnPiecesOfTheirOwn) {
  expect_apart(TableCounts{});
  expect_apart(kTinyTables);
}

void expect_backed_bits(const TableCounts& counts) {
  const Layout layout = Layout::of(counts);
  const std::uint64_t tables = layout.offset_of(Table::Data, 0) - layout.offset_of(Table::Processes, 0);
  EXPECT_GE(layout.count_of(Table::Backed) * 64, tables / kPieceBytes);
}

TEST(Layout, HasABackedBitForEveryPiece) {
  expect_backed_bits(TableCounts{});
  expect_backed_bits(kTinyTables);
}

}  // namespace
}  // namespace buskin::test
