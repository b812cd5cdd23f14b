// CellTable: the cells of an executor by their bit in the process's ready map.
//
// Bits are used again, the lowest first, so that the map stays dense. A stale
// bit finds another cell or none: an idle look at worst.
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
  ~CellTable();
  CellTable(const CellTable&) = delete;
  CellTable& operator=(const CellTable&) = delete;

  /// False when every bit is in use.
  bool take_bit(std::uint32_t& bit);
  void put(std::uint32_t bit, Cell& cell);
  /// Null when there is none. Threads: any.
  Cell* at(std::uint32_t bit) const;
  /// The caller deletes the cell.
  void remove(std::uint32_t bit);
  void for_each(const std::function<void(Cell&)>& visit) const;
  /// Those at the next `count` bits from `at` on, which moves on; behind the last comes the first.
  void visit_next(std::uint32_t& at, std::uint32_t count, const std::function<void(Cell&)>& visit) const;

 private:
  static constexpr std::uint32_t kChunk = 4'096;
  static constexpr std::uint32_t kChunks = 4'096;
  using Chunk = std::array<shm::Atomic<Cell*>, kChunk>;

  std::uint32_t bits_max_;
  std::array<shm::Atomic<Chunk*>, kChunks> chunks_{};
  std::uint32_t used_count() const;

  mutable std::mutex mutex_;  // Guards what follows.
  std::priority_queue<std::uint32_t, std::vector<std::uint32_t>, std::greater<>> free_;
  std::uint32_t fresh_ = 0;
};

}  // namespace buskin::runtime
