// cell_table: see cell_table.hpp.
#include "api/runtime/schedule/cell_table.hpp"

#include <algorithm>

#include "api/runtime/cell/cell.hpp"

namespace buskin::runtime {

CellTable::CellTable(std::uint32_t bits_max) : bits_max_(std::min(bits_max, kChunk * kChunks)) {}

CellTable::~CellTable() {
  for_each([](Cell& cell) { delete &cell; });
  for (auto& chunk : chunks_) delete chunk.load_relaxed();  // relaxed: nobody else is here any more.
}

bool CellTable::take_bit(std::uint32_t& bit) {
  const std::lock_guard lock(mutex_);
  if (!free_.empty()) {
    bit = free_.top();
    free_.pop();
    return true;
  }
  if (fresh_ == bits_max_) return false;
  bit = fresh_++;
  shm::Atomic<Chunk*>& chunk = chunks_[bit / kChunk];
  // relaxed: written under the lock.
  if (chunk.load_relaxed() == nullptr) {
    // sync(cell_chunk): release. Its empty cells stand before it is named.
    chunk.store_release(new Chunk());
  }
  return true;
}

void CellTable::put(std::uint32_t bit, Cell& cell) {
  // relaxed: made by take_bit(), which this caller ran.
  Chunk& chunk = *chunks_[bit / kChunk].load_relaxed();
  // sync(cell): release. The cell is whole before it is found.
  chunk[bit % kChunk].store_release(&cell);
}

Cell* CellTable::at(std::uint32_t bit) const {
  if (bit >= bits_max_) return nullptr;
  // sync(cell_chunk): acquire. As in take_bit().
  const Chunk* const chunk = chunks_[bit / kChunk].load_acquire();
  // sync(cell): acquire. As in put().
  return chunk == nullptr ? nullptr : (*chunk)[bit % kChunk].load_acquire();
}

void CellTable::remove(std::uint32_t bit) {
  // relaxed: made long ago.
  Chunk& chunk = *chunks_[bit / kChunk].load_relaxed();
  // sync(cell): release. Whoever still finds the cell finds it whole; its deletion comes later.
  chunk[bit % kChunk].store_release(nullptr);
  const std::lock_guard lock(mutex_);
  free_.push(bit);
}

std::uint32_t CellTable::used_count() const {
  const std::lock_guard lock(mutex_);
  return fresh_;
}

void CellTable::for_each(const std::function<void(Cell&)>& visit) const {
  std::uint32_t at = 0;
  visit_next(at, used_count(), visit);
}

void CellTable::visit_next(std::uint32_t& at, std::uint32_t count, const std::function<void(Cell&)>& visit) const {
  const std::uint32_t used = used_count();
  for (std::uint32_t left = std::min(count, used); left > 0; --left, ++at) {
    if (at >= used) at = 0;
    if (Cell* const cell = this->at(at); cell != nullptr) visit(*cell);
  }
}

}  // namespace buskin::runtime
