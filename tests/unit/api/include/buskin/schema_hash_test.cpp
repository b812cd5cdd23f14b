// schema_hash_test: what two schemas of one message have to share.
#include "buskin/detail/message_info.hpp"

#include <gtest/gtest.h>

#include <array>
#include <type_traits>

#include "calls_generated.h"

namespace {

using buskin::detail::hash_fields;
using buskin::detail::schema_hash;
using flatbuffers::Offset;
using flatbuffers::String;
using flatbuffers::Vector;

/// A table as flatc reflects it: one field, of the type that its accessor returns.
template <class Field>
struct Table {
  struct Traits {
    static constexpr auto fully_qualified_name = "space.Table";
    static constexpr std::size_t fields_number = 1;
    static constexpr std::array<const char*, 1> field_names = {"a"};
    template <std::size_t>
    using FieldType = Field;
  };
};
template <class Field>
constexpr std::uint64_t hash_of() {
  return hash_fields<Table<Field>, Table<Field>>(0);
}

enum class Colour : std::int8_t { Red, Green };
enum class Swapped : std::int8_t { Green, Red };
enum class Longer : std::int8_t { Red, Green, Blue };
struct Node {
  struct Traits {
    static constexpr auto fully_qualified_name = "space.Node";
    static constexpr std::size_t fields_number = 2;
    static constexpr std::array<const char*, 2> field_names = {"next", "n"};
    template <std::size_t i>
    using FieldType = std::conditional_t<i == 0, const Node*, int>;
  };
};

TEST(SchemaHash, TellsTheTypesOfAFieldApart) {
  const std::array hashes = {hash_of<std::int32_t>(),
                             hash_of<std::uint32_t>(),
                             hash_of<std::int64_t>(),
                             hash_of<float>(),
                             hash_of<double>(),
                             hash_of<bool>(),
                             hash_of<std::uint8_t>(),
                             hash_of<const String*>(),
                             hash_of<const Vector<std::int32_t>*>(),
                             hash_of<const Vector<std::uint32_t>*>(),
                             hash_of<const Vector<Offset<String>>*>(),
                             hash_of<const flatbuffers::Array<std::int32_t, 3>*>(),
                             hash_of<const flatbuffers::Array<std::int32_t, 4>*>(),
                             hash_of<const Table<int>*>(),
                             hash_of<const Table<float>*>(),
                             hash_of<const Node*>(),
                             hash_of<Colour>(),
                             hash_of<Longer>(),
                             hash_of<Swapped>()};
  for (std::size_t i = 0; i < hashes.size(); ++i) {
    for (std::size_t k = i + 1; k < hashes.size(); ++k) EXPECT_NE(hashes[i], hashes[k]) << i << " and " << k;
  }
}

TEST(SchemaHash, IsMadeByTheCompilerAndOfTheMessageAlone) {
  static_assert(schema_hash<calls::Order>() != schema_hash<calls::Nap>());
  static_assert(schema_hash<calls::Tick>() != 0);
  EXPECT_EQ(hash_of<long>(), sizeof(long) == 8 ? hash_of<long long>() : hash_of<int>());
}

}  // namespace
