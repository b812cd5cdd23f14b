// TypeRegistry: the rare half: types that this process meets for the first time.
#include "api/runtime/node/type_registry.hpp"

#include <cstdio>
#include <cstring>
#include <string>

#include "shm/base/check.hpp"
#include "shm/segment/types.hpp"

namespace buskin::runtime {

namespace {

std::string schema_text(std::uint64_t schema) {
  char text[17];
  std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(schema));
  return text;
}

}  // namespace

shm::TypeIndex register_message(shm::Segment& segment, const detail::MessageInfo& info) {
  const auto made = shm::register_type(segment, {info.id, info.name, info.schema, shm::TypeKind::Message});
  return made.ok() ? made.value() : shm::TypeIndex::None;
}

shm::TypeIndex register_message(shm::Thread& thread, const detail::MessageInfo& info) {
  shm::KnownType& known = thread.known_type(info.id);
  if (known.id == info.id) return known.index;
  const shm::TypeIndex index = register_message(thread.segment(), info);
  if (index != shm::TypeIndex::None) known = {info.id, index};
  return index;
}

TypeRegistry::~TypeRegistry() {
  for (auto& named : chunks_) {
    // relaxed: no other thread uses the registry any more; that holds for its chunks, too.
    Chunk* const chunk = named.load_relaxed();
    if (chunk == nullptr) continue;
    for (auto& known : *chunk) delete known.load_relaxed();
    delete chunk;
  }
}

shm::TypeIndex TypeRegistry::look_up(const detail::MessageInfo& info) {
  const shm::TypeIndex index = register_message(*segment_, info);
  if (index == shm::TypeIndex::None) return index;
  BUSKIN_CHECK(info.id != 0 && (shm::to_bits(index) & ~kRowMask) == 0);
  // sync(type_slot): release. The row is complete. A reader compares the id, because several types share the slot.
  slot_of(info.id).store_release((info.id & ~kRowMask) | shm::to_bits(index));
  return index;
}

Error TypeRegistry::refusal_of(const detail::MessageInfo& info) const {
  const shm::TypeSpec known = shm::type_in(*segment_, shm::find_type(*segment_, info.id));
  if (known.id == 0) return Error(Code::NoMemory, "the table of message types is full");
  return other_schema(info, known.schema);
}

Error other_schema(const detail::MessageInfo& own, std::uint64_t theirs) {
  BUSKIN_CHECK(own.schema != theirs);
  return Error(Code::WrongUse, "the message " + std::string(own.name) + " has the schema " + schema_text(theirs) +
                                   " in another program and " + schema_text(own.schema) +
                                   " here: build all programs from one schema, or rename one of the messages");
}

TypeRegistry::Chunk& TypeRegistry::chunk_of(std::size_t row) {
  shm::Atomic<Chunk*>& named = chunks_[row / kChunkRows];
  // sync(type_chunk): acquire. A chunk that we see has its empty cells.
  if (Chunk* const chunk = named.load_acquire(); chunk != nullptr) return *chunk;
  auto made = std::make_unique<Chunk>();
  // sync(type_chunk): acq_rel. Publishes the empty cells; when two threads make a chunk, the first one wins.
  if (named.cas_acq_rel(nullptr, made.get())) return *made.release();
  // sync(type_chunk): acquire. The chunk of the thread that won.
  return *named.load_acquire();
}

const detail::MessageInfo& TypeRegistry::read_row(shm::TypeIndex index) {
  static const detail::MessageInfo nothing{};
  const auto row = static_cast<std::size_t>(index);
  const shm::TypeSpec from = shm::type_in(*segment_, index);
  if (from.id == 0 || row >= kRowsMax) return nothing;
  auto made = std::make_unique<Known>();
  made->name = from.name;
  made->info = {from.id, made->name, from.schema};
  shm::Atomic<Known*>& cell = chunk_of(row)[row % kChunkRows];
  // sync(type_known): acq_rel. Publishes what was read; when two threads read a row, the first one wins.
  if (cell.cas_acq_rel(nullptr, made.get())) return made.release()->info;
  // sync(type_known): acquire. What the thread that won has read.
  return cell.load_acquire()->info;
}

}  // namespace buskin::runtime
