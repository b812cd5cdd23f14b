// type_book: the rarer half: types that this process meets for the first time.
#include "api/runtime/node/type_registry.hpp"

#include <cstring>

#include "shm/segment/types.hpp"

namespace buskin::runtime {

shm::TypeIndex register_message(shm::Segment& segment, const detail::MessageInfo& info) {
  const auto made = shm::register_type(segment, {info.id, info.name, info.schema, shm::TypeKind::Message});
  return made.ok() ? made.value() : shm::TypeIndex::None;
}

TypeRegistry::~TypeRegistry() {
  for (auto& named : chunks_) {
    // relaxed: nobody else is here any more.
    Chunk* const chunk = named.load_relaxed();
    if (chunk == nullptr) continue;
    for (auto& known : *chunk) delete known.load_relaxed();  // relaxed: as above.
    delete chunk;
  }
}

shm::TypeIndex TypeRegistry::look_up(const detail::MessageInfo& info) {
  const shm::TypeIndex index = register_message(*segment_, info);
  if (index == shm::TypeIndex::None) return index;
  // sync(type_slot): release. The row is complete; a hint, which its reader checks.
  slot_of(info.id).store_release((info.id & ~kRowMask) | shm::to_bits(index));
  return index;
}

TypeRegistry::Chunk& TypeRegistry::chunk_of(std::size_t row) {
  shm::Atomic<Chunk*>& named = chunks_[row / kChunkRows];
  // sync(type_chunk): acquire. As in info_of().
  if (Chunk* const chunk = named.load_acquire(); chunk != nullptr) return *chunk;
  auto made = std::make_unique<Chunk>();
  // sync(type_chunk): acq_rel. Publishes its empty cells; of two that make one, the first wins.
  if (named.cas_acq_rel(nullptr, made.get())) return *made.release();
  // sync(type_chunk): acquire. The winner's.
  return *named.load_acquire();
}

const detail::MessageInfo& TypeRegistry::read_row(shm::TypeIndex index) {
  static const detail::MessageInfo nothing{};
  const auto row = static_cast<std::size_t>(index);
  if (index == shm::TypeIndex::None || row >= kRowsMax || row >= segment_->layout().count_of(shm::Table::Types) ||
      !segment_->is_backed(shm::Table::Types, row)) {
    return nothing;
  }
  const shm::TypeRow& from = segment_->type(index);
  auto made = std::make_unique<Known>();
  made->name.assign(from.name.data(), ::strnlen(from.name.data(), from.name.size()));
  // relaxed: the row was complete before any message named it.
  made->info = {from.id.load_relaxed(), made->name, from.schema.load_relaxed()};
  shm::Atomic<Known*>& cell = chunk_of(row)[row % kChunkRows];
  // sync(type_known): acq_rel. Publishes what was read; of two readers the first wins.
  if (cell.cas_acq_rel(nullptr, made.get())) return made.release()->info;
  // sync(type_known): acquire. The winner's.
  return cell.load_acquire()->info;
}

}  // namespace buskin::runtime
