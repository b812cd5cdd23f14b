// cell_table_test: a bit finds the cell that was put there, and is used again after it.
#include "api/runtime/schedule/cell_table.hpp"

#include <gtest/gtest.h>

#include <array>

#include "api/runtime/cell/cell.hpp"

namespace buskin::runtime {
namespace {

class CellTableTest : public ::testing::Test {
 protected:
  /// The table never looks into a cell: memory of its size and place is enough.
  Cell& cell(std::size_t i) { return reinterpret_cast<Cell&>(cells_[i]); }

  std::uint32_t take_bit(CellTable& table) {
    std::uint32_t bit = 0;
    EXPECT_TRUE(table.take_bit(bit));
    return bit;
  }
  std::uint32_t put(CellTable& table, std::size_t i) {
    const std::uint32_t bit = take_bit(table);
    table.put(bit, cell(i));
    return bit;
  }
  static std::vector<Cell*> all(const CellTable& table) {
    std::vector<Cell*> found;
    table.for_each([&](Cell& one) { found.push_back(&one); });
    return found;
  }

  struct alignas(Cell) Memory {
    std::byte bytes[sizeof(Cell)];
  };
  std::array<Memory, 4> cells_{};
};

TEST_F(CellTableTest, FindsTheCellOfABit) {
  CellTable table(100);
  const std::uint32_t first = put(table, 0);
  const std::uint32_t second = put(table, 1);
  EXPECT_EQ(table.at(first), &cell(0));
  EXPECT_EQ(table.at(second), &cell(1));
  table.remove(first);
  table.remove(second);
}

TEST_F(CellTableTest, FindsNoneAtABitThatWasNeverTakenOrIsTooLarge) {
  CellTable table(100);
  EXPECT_EQ(table.at(3), nullptr);
  EXPECT_EQ(table.at(100), nullptr);
  EXPECT_EQ(table.at(~0u), nullptr);
}

TEST_F(CellTableTest, FindsNoneAtABitThatHasNoCellYet) {
  CellTable table(100);
  EXPECT_EQ(table.at(take_bit(table)), nullptr);
}

TEST_F(CellTableTest, FindsNoneAfterTheCellWasRemoved) {
  CellTable table(100);
  const std::uint32_t bit = put(table, 0);
  table.remove(bit);
  EXPECT_EQ(table.at(bit), nullptr);
  EXPECT_TRUE(all(table).empty());
}

TEST_F(CellTableTest, UsesTheLowestFreeBitAgain) {
  CellTable table(100);
  for (std::size_t i = 0; i < 4; ++i) put(table, i);
  table.remove(2);
  table.remove(1);
  EXPECT_EQ(take_bit(table), 1u);
  EXPECT_EQ(take_bit(table), 2u);
  EXPECT_EQ(take_bit(table), 4u);
  table.remove(0);
  table.remove(3);
}

TEST_F(CellTableTest, UsesABitAgainThatGotNoCell) {
  CellTable table(1);
  table.return_bit(take_bit(table));
  EXPECT_EQ(take_bit(table), 0u);
}

TEST_F(CellTableTest, RefusesWhenEveryBitIsInUse) {
  CellTable table(2);
  (void)take_bit(table);
  (void)take_bit(table);
  std::uint32_t bit = 0;
  EXPECT_FALSE(table.take_bit(bit));
  table.return_bit(1);
  EXPECT_TRUE(table.take_bit(bit));
}

TEST_F(CellTableTest, VisitsAllCellsInTheOrderOfTheirBits) {
  CellTable table(100);
  for (std::size_t i = 0; i < 3; ++i) put(table, i);
  table.remove(1);
  EXPECT_EQ(all(table), (std::vector<Cell*>{&cell(0), &cell(2)}));
  table.remove(0);
  table.remove(2);
}

TEST_F(CellTableTest, VisitsAFewAtATimeAndBeginsAgainAfterTheLast) {
  CellTable table(100);
  for (std::size_t i = 0; i < 3; ++i) put(table, i);
  std::vector<Cell*> seen;
  std::uint32_t at = 0;
  for (int round = 0; round < 2; ++round) table.visit_next(at, 2, [&](Cell& one) { seen.push_back(&one); });
  EXPECT_EQ(seen, (std::vector<Cell*>{&cell(0), &cell(1), &cell(2), &cell(0)}));
  for (std::uint32_t bit = 0; bit < 3; ++bit) table.remove(bit);
}

TEST_F(CellTableTest, VisitsNoCellTwiceInOneRound) {
  CellTable table(100);
  for (std::size_t i = 0; i < 2; ++i) put(table, i);
  std::size_t visits = 0;
  std::uint32_t at = 1;
  table.visit_next(at, 1'000, [&](Cell&) { ++visits; });
  EXPECT_EQ(visits, 2u);
  for (std::uint32_t bit = 0; bit < 2; ++bit) table.remove(bit);
}

TEST_F(CellTableTest, EndsTheProcessWhenABitGetsTwoCells) {
  EXPECT_DEATH(
      {
        CellTable table(100);
        const std::uint32_t bit = put(table, 0);
        table.put(bit, cell(1));
      },
      "CHECK failed");
}

}  // namespace
}  // namespace buskin::runtime
