// name_compaction_test: the names that live are copied, the tombstones are not, and the memory is used again.
#include "shm/names/name_compaction.hpp"

#include <map>

#include "shm/check/check.hpp"
#include "shm/names/names.hpp"
#include "shm/names/name_table.hpp"
#include "tests/support/segment_fixture.hpp"

namespace buskin::test {
namespace {

class Compaction : public SegmentFixture {
 protected:
  Compaction() : SegmentFixture(kCompactionTables) {}
  void SetUp() override {
    SegmentFixture::SetUp();
    segment_.process(kProcess).word.store_release(ProcessWord{0, ProcessState::Alive}.pack());
  }
  /// The tables of names are not leaked.
  void TearDown() override {
    end_actors();
    std::map<Handle, bool> tables;
    for_each_names_block(segment_, [&](Handle block) {
      if (is_names_block(segment_, block)) tables[block] = true;
    });
    for (const auto& [block, is_there] : tables) thread_->heap().free(block);
    SegmentFixture::TearDown();
  }

  void add(const std::string& name) {
    const ActorId id = add_actor();
    ActorId holder{};
    ASSERT_TRUE(insert_name(*thread_, id, name, holder).ok()) << name;
    alive_[name] = id;
  }
  void end(const std::string& name) {
    remove_name(*thread_, alive_.at(name));
    end_actor(alive_.at(name));
    alive_.erase(name);
  }
  void expect_all() {
    for (const auto& [name, id] : alive_) EXPECT_EQ(find_name(segment_, name), id) << name;
    const CheckReport report = check_segment(segment_);
    for (const std::string& finding : report.findings) ADD_FAILURE() << finding;
    EXPECT_EQ(report.totals.names, alive_.size());
  }
  std::uint64_t tables_count() {
    std::map<Handle, bool> tables;
    for_each_names_block(segment_, [&](Handle block) {
      if (is_names_block(segment_, block)) tables[block] = true;
    });
    return tables.size();
  }

  std::map<std::string, ActorId> alive_;
};

TEST_F(Compaction, KeepsEveryNameAndNoTombstone) {
  for (int i = 0; i < 300; ++i) add("name" + std::to_string(i));
  for (int i = 0; i < 300; i += 3) end("name" + std::to_string(i));
  EXPECT_EQ(use_of_names(segment_).tombstones, 100u);
  ASSERT_TRUE(compact_names(*thread_).ok());
  const NamesUse use = use_of_names(segment_);
  EXPECT_EQ(use.names, 200u);
  EXPECT_EQ(use.tombstones, 0u);
  EXPECT_FALSE(use.is_frozen);
  expect_all();
}

TEST_F(Compaction, TakesNamesAndRemovesThemAfterwards) {
  for (int i = 0; i < 50; ++i) add("old" + std::to_string(i));
  ASSERT_TRUE(compact_names(*thread_).ok());
  for (int i = 0; i < 50; ++i) add("new" + std::to_string(i));
  for (int i = 0; i < 50; i += 2) end("old" + std::to_string(i));
  EXPECT_EQ(find_name(segment_, "old0").index, ActorIndex::None);
  ActorId holder{};
  EXPECT_EQ(insert_name(*thread_, add_actor(), "old1", holder).error(), NameError::Taken);
  EXPECT_EQ(holder, alive_.at("old1"));
  expect_all();
}

TEST_F(Compaction, UsesTwoTablesHoweverOftenItIsDone) {
  for (int round = 0; round < 20; ++round) {
    add("stays" + std::to_string(round));
    add("goes");
    end("goes");
    ASSERT_TRUE(compact_names(*thread_).ok());
    expect_all();
  }
  EXPECT_EQ(tables_count(), 2u);
}

TEST_F(Compaction, WithoutMemoryLeavesTheTableAsItWas) {
  add("first");
  std::vector<Handle> all;
  for (auto made = thread_->heap().allocate(65'536); made.ok(); made = thread_->heap().allocate(65'536)) {
    all.push_back(made.value());
  }
  for (auto made = thread_->heap().allocate(12'288); made.ok(); made = thread_->heap().allocate(12'288)) {
    all.push_back(made.value());
  }
  EXPECT_FALSE(compact_names(*thread_).ok());
  for (const Handle block : all) thread_->heap().free(block);
  add("second");
  expect_all();
  EXPECT_EQ(tables_count(), 0u);
}

TEST_F(Compaction, IsFinishedByTheNextAdmin) {
  for (int i = 0; i < 10; ++i) add("name" + std::to_string(i));
  const NameTable present(segment_);
  for (std::uint64_t at = 0; at < present.count() / 2; ++at) present.cell_in(segment_, at)->or_seq_cst(1);
  EXPECT_TRUE(use_of_names(segment_).is_frozen);
  expect_all();
  resume_names(*thread_);
  EXPECT_FALSE(use_of_names(segment_).is_frozen);
  add("eleventh");
  expect_all();
}

TEST_F(Compaction, ATableIsWornWhenAQuarterIsTombstones) {
  EXPECT_FALSE(use_of_names(segment_).needs_compaction());
  const std::uint64_t cells = use_of_names(segment_).cells;
  EXPECT_FALSE((NamesUse{cells, 0, cells / 4, false}.needs_compaction()));
  EXPECT_TRUE((NamesUse{cells, 0, cells / 4 + 1, false}.needs_compaction()));
}

}  // namespace
}  // namespace buskin::test
