// Types: the append-only table of message and actor types. A message carries the row's index.
#pragma once

#include <string_view>

#include "shm/segment/segment.hpp"

namespace buskin::shm {

enum class TypeKind : std::uint32_t { Message = 0, Actor = 1 };

struct TypeSpec {
  std::uint64_t id = 0;  ///< 64-bit hash of the full name; not 0.
  std::string_view name;
  std::uint64_t schema = 0;
  TypeKind kind = TypeKind::Message;
};

enum class TypeError : std::uint8_t {
  Collision,  ///< Another name, or another schema, has this hash.
  Full,       ///< Every row is in use. Create the segment with more types.
  NoMemory,   ///< The memory file system is full.
};

/// Finds the row of the type, or appends one. Idempotent. Threads: any, of any process.
Result<TypeIndex, TypeError> register_type(Segment& segment, const TypeSpec& spec);
/// None when no row of this id is whole.
TypeIndex find_type(const Segment& segment, std::uint64_t id);
/// What the row of a message's type says; the id is 0 when there is no such row. The name lies in the segment.
TypeSpec type_in(const Segment& segment, TypeIndex index);

}  // namespace buskin::shm
