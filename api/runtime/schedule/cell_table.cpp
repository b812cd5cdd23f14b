// CellTable: chunks of pointers that are made when their first bit is taken.
#include "api/runtime/schedule/cell_table.hpp"

#include <algorithm>

#include "api/runtime/cell/cell.hpp"
#include "shm/base/check.hpp"

namespace buskin::runtime {

CellTable::CellTable(std::uint32_t bits_max) : bits_max_(std::min(bits_max, kChunk * kChunks)) {}

CellTable::~CellTable() {
  for_each([](Cell& cell) { delete &cell; });
  for (auto& chunk : chunks_) delete chunk.load_relaxed();  // relaxed: no other thread uses the table any more.
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
    // sync(cell_chunk): release. The chunk is complete, with empty cells, before at() can find it.
    chunk.store_release(new Chunk());
  }
  return true;
}

CellTable::Chunk& CellTable::chunk_of(std::uint32_t bit) const {
  BUSKIN_CHECK(bit < bits_max_);
  // relaxed: made by take_bit(), long before in this thread or in one that handed the cell to us.
  Chunk* const chunk = chunks_[bit / kChunk].load_relaxed();
  BUSKIN_CHECK(chunk != nullptr);
  return *chunk;
}

void CellTable::put(std::uint32_t bit, Cell& cell) {
  shm::Atomic<Cell*>& place = chunk_of(bit)[bit % kChunk];
  BUSKIN_CHECK(place.load_relaxed() == nullptr);  // relaxed: take_bit() gave the bit to this caller alone.
  // sync(cell): release. The cell is complete before at() can find it.
  place.store_release(&cell);
}

Cell* CellTable::at(std::uint32_t bit) const {
  if (bit >= bits_max_) return nullptr;
  // sync(cell_chunk): acquire. A chunk that we see was complete in take_bit().
  const Chunk* const chunk = chunks_[bit / kChunk].load_acquire();
  // sync(cell): acquire. A cell that we see was complete in put().
  return chunk == nullptr ? nullptr : (*chunk)[bit % kChunk].load_acquire();
}

void CellTable::remove(std::uint32_t bit) {
  shm::Atomic<Cell*>& place = chunk_of(bit)[bit % kChunk];
  BUSKIN_CHECK(place.load_relaxed() != nullptr);  // relaxed: only the thread that runs the cell removes it.
  // sync(cell): release. A thread that still finds the cell finds it complete; the caller deletes it later.
  place.store_release(nullptr);
  return_bit(bit);
}

void CellTable::return_bit(std::uint32_t bit) {
  const std::lock_guard lock(mutex_);
  BUSKIN_CHECK(bit < fresh_);
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
