// types_test: one row per type, for all processes.
#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

#include "shm/segment/types.hpp"
#include "tests/support/scratch.hpp"

namespace buskin::test {
namespace {

class TypesTest : public ::testing::Test {
 protected:
  std::uint64_t rows_used() const { return segment_.superblock().types_count.load_relaxed(); }

  Segment segment_ = Segment::create_private(tiny_segment()).value();
};

constexpr TypeSpec kHello{.id = 11, .name = "demo.Hello", .schema = 5};

TEST_F(TypesTest, RegistersOnce) {
  const auto first = register_type(segment_, kHello);
  ASSERT_TRUE(first.ok());
  EXPECT_NE(first.value(), TypeIndex::None);
  EXPECT_EQ(register_type(segment_, kHello).value(), first.value());
  EXPECT_EQ(find_type(segment_, kHello.id), first.value());
  EXPECT_EQ(rows_used(), 1u);
}

TEST_F(TypesTest, WritesWhatItWasGiven) {
  const TypeRow& row = segment_.type(register_type(segment_, kHello).value());
  EXPECT_EQ(std::string(row.name.data()), "demo.Hello");
  EXPECT_EQ(row.id.load_relaxed(), kHello.id);
  EXPECT_EQ(row.schema.load_relaxed(), kHello.schema);
  EXPECT_EQ(row.kind, static_cast<std::uint32_t>(TypeKind::Message));
}

TEST_F(TypesTest, FindsNoneThatWasNotRegistered) {
  EXPECT_EQ(find_type(segment_, 12), TypeIndex::None);
  (void)register_type(segment_, kHello);
  EXPECT_EQ(find_type(segment_, 12), TypeIndex::None);
}

TEST_F(TypesTest, RefusesAnotherNameSchemaOrKindUnderOneHash) {
  (void)register_type(segment_, kHello);
  const TypeSpec name{.id = kHello.id, .name = "demo.Other", .schema = kHello.schema};
  const TypeSpec schema{.id = kHello.id, .name = kHello.name, .schema = 6};
  const TypeSpec kind{.id = kHello.id, .name = kHello.name, .schema = kHello.schema, .kind = TypeKind::Actor};
  for (const TypeSpec& spec : {name, schema, kind}) {
    const auto refused = register_type(segment_, spec);
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error(), TypeError::Collision);
  }
  EXPECT_TRUE(register_type(segment_, kHello).ok());
}

TEST_F(TypesTest, LearnsASchemaThatTheFirstDidNotKnow) {
  const TypeSpec unknown{.id = 11, .name = "demo.Hello"};
  const auto first = register_type(segment_, unknown);
  EXPECT_EQ(register_type(segment_, kHello).value(), first.value());
  EXPECT_EQ(register_type(segment_, unknown).value(), first.value());
  const TypeSpec other{.id = 11, .name = "demo.Hello", .schema = 6};
  EXPECT_EQ(register_type(segment_, other).error(), TypeError::Collision);
}

TEST_F(TypesTest, TellsLongNamesApartByTheirHash) {
  const std::string stem(60, 'n');
  const auto first = register_type(segment_, {.id = 1, .name = stem + "1"});
  const auto second = register_type(segment_, {.id = 2, .name = stem + "2"});
  EXPECT_NE(first.value(), second.value());
  EXPECT_EQ(register_type(segment_, {.id = 1, .name = stem + "1"}).value(), first.value());
}

TEST_F(TypesTest, IsFullAfterItsLastRow) {
  for (std::uint64_t id = 1; id < kTinyTables.types; ++id) {
    EXPECT_TRUE(register_type(segment_, {.id = id, .name = std::to_string(id)}).ok());
  }
  const auto full = register_type(segment_, {.id = 1'000, .name = "one more"});
  ASSERT_FALSE(full.ok());
  EXPECT_EQ(full.error(), TypeError::Full);
  EXPECT_TRUE(register_type(segment_, {.id = 5, .name = "5"}).ok());
}

TEST_F(TypesTest, GivesAllThreadsTheSameRows) {
  constexpr std::uint64_t kTypes = 40;
  constexpr std::uint64_t kThreads = 4;
  std::array<std::array<TypeIndex, kTypes>, kThreads> seen{};
  std::vector<std::thread> threads;
  for (std::uint64_t t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (std::uint64_t i = 0; i < kTypes; ++i) {
        const std::uint64_t type = (i + t % 2 * 3) % kTypes;
        seen[t][type] = register_type(segment_, {.id = 100 + type, .name = std::to_string(type)}).value();
      }
    });
  }
  for (auto& thread : threads) thread.join();
  for (std::uint64_t t = 1; t < kThreads; ++t) EXPECT_EQ(seen[t], seen[0]);
  EXPECT_EQ(rows_used(), kTypes);
}

TEST_F(TypesTest, FinishesARowWhoseClaimantIsGone) {
  segment_.type(TypeIndex{1}).id.store_relaxed(kHello.id);
  EXPECT_EQ(find_type(segment_, kHello.id), TypeIndex::None) << "a row without a name is none yet";
  EXPECT_EQ(register_type(segment_, kHello).value(), TypeIndex{1});
  EXPECT_EQ(find_type(segment_, kHello.id), TypeIndex{1});
  EXPECT_EQ(std::string(segment_.type(TypeIndex{1}).name.data()), "demo.Hello");
}

}  // namespace
}  // namespace buskin::test
