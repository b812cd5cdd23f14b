// type_registry_test: message types are found by id and by row, also by several threads at once.
#include "api/runtime/node/type_registry.hpp"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "shm/segment/types.hpp"
#include "tests/support/tables.hpp"

namespace buskin::test {
namespace {

using detail::MessageInfo;
using runtime::TypeRegistry;
using shm::TypeIndex;

shm::Segment segment_with(std::uint32_t types) {
  shm::SegmentOptions options;
  options.counts = kTinyTables;
  options.counts.types = types;
  return shm::Segment::create_private(options).value();
}

class TypeRegistryTest : public ::testing::Test {
 protected:
  shm::Segment segment_ = segment_with(64);
  TypeRegistry registry_{segment_};
};

constexpr MessageInfo kHello{0x1111'0000'0000'0001, "demo.Hello", 5};
constexpr MessageInfo kBye{0x2222'0000'0000'0002, "demo.Bye", 6};
/// In the same place of the cache as kHello: one differs in the high bits alone, one in bits that the cache leaves out.
constexpr MessageInfo kRival{0x3333'0000'0000'0001, "demo.Rival", 7};
constexpr MessageInfo kNear{kHello.id + 1'024, "demo.Near", 8};

TEST_F(TypeRegistryTest, GivesEachTypeARowOfTheSegment) {
  const TypeIndex hello = registry_.index_of(kHello);
  EXPECT_NE(hello, TypeIndex::None);
  EXPECT_NE(registry_.index_of(kBye), hello);
  EXPECT_EQ(shm::find_type(segment_, kHello.id), hello);
}

TEST_F(TypeRegistryTest, FindsATypeAgainWithoutTheTable) {
  const TypeIndex hello = registry_.index_of(kHello);
  segment_.type(hello).ready.store_relaxed(0);  // A second look would wait for the row.
  EXPECT_EQ(registry_.index_of(kHello), hello);
}

TEST_F(TypeRegistryTest, KnowsWhatARowIs) {
  const MessageInfo& info = registry_.info_of(registry_.index_of(kHello));
  EXPECT_EQ(info.id, kHello.id);
  EXPECT_EQ(info.name, kHello.name);
  EXPECT_EQ(info.schema, kHello.schema);
}

TEST_F(TypeRegistryTest, KnowsRowsThatAnotherProcessRegistered) {
  const auto row = shm::register_type(segment_, {kBye.id, kBye.name, kBye.schema, shm::TypeKind::Message});
  EXPECT_EQ(registry_.info_of(row.value()).name, kBye.name);
  EXPECT_EQ(registry_.index_of(kBye), row.value());
}

TEST_F(TypeRegistryTest, KeepsTypesApartThatShareAPlaceInTheCache) {
  const TypeIndex hello = registry_.index_of(kHello);
  const TypeIndex rival = registry_.index_of(kRival);
  const TypeIndex near = registry_.index_of(kNear);
  EXPECT_NE(hello, rival);
  EXPECT_NE(hello, near);
  EXPECT_EQ(registry_.index_of(kHello), hello);
  EXPECT_EQ(registry_.index_of(kRival), rival);
  EXPECT_EQ(registry_.index_of(kNear), near);
}

TEST_F(TypeRegistryTest, ARowThatIsNoTypeHasNoId) {
  EXPECT_EQ(registry_.info_of(TypeIndex::None).id, 0u);
  EXPECT_EQ(registry_.info_of(static_cast<TypeIndex>(64)).id, 0u);
  EXPECT_EQ(registry_.info_of(static_cast<TypeIndex>(0xff'ffff)).id, 0u);
}

TEST_F(TypeRegistryTest, AnInfoStaysWhereItIs) {
  const MessageInfo* const first = &registry_.info_of(registry_.index_of(kHello));
  (void)registry_.info_of(registry_.index_of(kBye));
  EXPECT_EQ(&registry_.info_of(registry_.index_of(kHello)), first);
}

TEST_F(TypeRegistryTest, RefusesAnotherTypeOfTheSameId) {
  const MessageInfo impostor{kHello.id, "demo.Impostor", 8};
  EXPECT_NE(registry_.index_of(kHello), TypeIndex::None);
  TypeRegistry other(segment_);
  EXPECT_EQ(other.index_of(impostor), TypeIndex::None);
}

TEST(TypeRegistry, HasNoRowForATypeMoreThanTheTableHolds) {
  shm::Segment segment = segment_with(3);  // Row 0 is never used.
  TypeRegistry registry(segment);
  EXPECT_NE(registry.index_of(kHello), TypeIndex::None);
  EXPECT_NE(registry.index_of(kBye), TypeIndex::None);
  EXPECT_EQ(registry.index_of(kRival), TypeIndex::None);
}

TEST_F(TypeRegistryTest, ThreadsThatMeetATypeTogetherSeeOneRow) {
  std::vector<TypeIndex> seen(4);
  std::vector<const MessageInfo*> infos(seen.size());
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < seen.size(); ++i) {
    threads.emplace_back([&, i] {
      seen[i] = registry_.index_of(kHello);
      infos[i] = &registry_.info_of(seen[i]);
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (std::size_t i = 0; i < seen.size(); ++i) {
    EXPECT_EQ(seen[i], seen[0]);
    EXPECT_EQ(infos[i], infos[0]);
    EXPECT_EQ(infos[i]->name, kHello.name);
  }
}

}  // namespace
}  // namespace buskin::test
