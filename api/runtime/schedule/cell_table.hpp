// CellTable: finds the cells of an executor by their bit in the process's ready map.
//
// Bits are used again, the lowest first, so that the map stays dense. A bit that was set for a cell which is gone finds
// another cell or none: the executor then looks at a cell in vain.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <mutex>
#include <queue>
#include <vector>

#include "shm/base/atomic.hpp"

namespace buskin::runtime {

class Cell;

class CellTable {
 public:
  explicit CellTable(std::uint32_t bits_max);
  /// Deletes the cells that are left.
  ~CellTable();
  CellTable(const CellTable&) = delete;
  CellTable& operator=(const CellTable&) = delete;

  /// Chooses a free bit. False when every bit is in use.
  bool take_bit(std::uint32_t& bit);
  /// For a bit that gets no cell after all.
  void return_bit(std::uint32_t bit);
  /// Requires a bit from take_bit() that has no cell.
  void put(std::uint32_t bit, Cell& cell);
  /// Null when there is none. Threads: any.
  Cell* at(std::uint32_t bit) const;
  /// Returns the bit. The caller deletes the cell.
  void remove(std::uint32_t bit);
  void for_each(const std::function<void(Cell&)>& visit) const;
  /// Visits the cells at the next `count` bits from `at` on, which moves on; the first bit follows the last.
  void visit_next(std::uint32_t& at, std::uint32_t count, const std::function<void(Cell&)>& visit) const;

 private:
  static constexpr std::uint32_t kChunk = 4'096;
  static constexpr std::uint32_t kChunks = 4'096;
  using Chunk = std::array<shm::Atomic<Cell*>, kChunk>;

  /// The chunk of a bit that was taken.
  Chunk& chunk_of(std::uint32_t bit) const;
  std::uint32_t used_count() const;

  std::uint32_t bits_max_;
  std::array<shm::Atomic<Chunk*>, kChunks> chunks_{};

  mutable std::mutex mutex_;  // Guards what follows.
  std::priority_queue<std::uint32_t, std::vector<std::uint32_t>, std::greater<>> free_;
  std::uint32_t fresh_ = 0;  // Bits from here on were never taken.
};

}  // namespace buskin::runtime
