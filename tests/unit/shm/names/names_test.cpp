// names_test: one name, one living actor; and a name's way through the table when others use it too.
#include <set>
#include <thread>

#include "shm/names/names.hpp"
#include "tests/support/segment_fixture.hpp"

namespace buskin::test {
namespace {

class NamesTest : public SegmentFixture {
 protected:
  using SegmentFixture::SegmentFixture;

  Result<Done, NameError> insert(ActorId id, std::string_view name) { return insert_name(*thread_, id, name, holder_); }
  ActorId add_named(std::string_view name) {
    const ActorId id = add_actor();
    EXPECT_TRUE(insert(id, name).ok()) << name;
    return id;
  }
  bool is_none(ActorId id) const { return id.index == ActorIndex::None; }

  ActorId holder_{};
};

TEST_F(NamesTest, ANameLeadsToItsActorAndBack) {
  const ActorId a = add_named("printer"), b = add_named("scanner:2/left.top_-Z9");
  EXPECT_EQ(find_name(segment_, "printer"), a);
  EXPECT_EQ(find_name(segment_, "scanner:2/left.top_-Z9"), b);
  EXPECT_EQ(name_of(segment_, a), "printer");
  EXPECT_TRUE(is_none(find_name(segment_, "plotter")));
  EXPECT_TRUE(name_of(segment_, add_actor()).empty());
}

TEST_F(NamesTest, ATakenNameIsRefusedWithItsHolder) {
  const ActorId first = add_named("only"), second = add_actor();
  EXPECT_EQ(insert(second, "only").error(), NameError::Taken);
  EXPECT_EQ(holder_, first);
  EXPECT_TRUE(name_of(segment_, second).empty());
  EXPECT_TRUE(insert(second, "other").ok()) << "the refused one can have another";
  EXPECT_EQ(find_name(segment_, "only"), first);
}

TEST_F(NamesTest, ANameHasOneTo128BytesOfTheSet) {
  const ActorId id = add_actor();
  for (const char* bad : {"", "a b", "a\n", "caf\xc3\xa9", "a*b", "x\x01"}) {
    EXPECT_EQ(insert(id, bad).error(), NameError::BadName) << bad;
    EXPECT_TRUE(is_none(find_name(segment_, bad)));
  }
  EXPECT_EQ(insert(id, std::string(129, 'n')).error(), NameError::BadName);
  EXPECT_EQ(insert(id, std::string_view("a\0b", 3)).error(), NameError::BadName);
  const std::string longest(128, 'n');
  EXPECT_TRUE(insert(id, longest).ok());
  EXPECT_EQ(find_name(segment_, longest), id);
  EXPECT_TRUE(is_none(find_name(segment_, longest.substr(1))));
}

TEST_F(NamesTest, ARemovedNameIsFreeForTheNext) {
  const ActorId first = add_named("again");
  remove_name(*thread_, first);
  EXPECT_TRUE(is_none(find_name(segment_, "again")));
  EXPECT_TRUE(name_of(segment_, first).empty());
  const ActorId second = add_named("again");
  EXPECT_EQ(find_name(segment_, "again"), second);
  remove_name(*thread_, first);  // It has none: nothing happens.
  EXPECT_EQ(find_name(segment_, "again"), second);
  EXPECT_TRUE(insert(first, "another").ok());
}

TEST_F(NamesTest, TheNameOfAnActorThatIsGoneIsFree) {
  const ActorId first = add_named("heir");
  end_actor(first);
  EXPECT_TRUE(is_none(find_name(segment_, "heir")));
  const ActorId second = add_named("heir");
  EXPECT_EQ(find_name(segment_, "heir"), second);
  EXPECT_TRUE(name_of(segment_, first).empty());
}

/// The next actor in a slot must not inherit the name of the last.
TEST_F(NamesTest, ARecycledSlotDoesNotAnswerForItsFormerActor) {
  const ActorId first = add_named("former");
  end_actor(first);
  std::vector<ActorId> later;
  do {  // Ends: slots are taken in turn.
    later.push_back(add_actor());
  } while (later.back().index != first.index && later.size() < 5'000);
  ASSERT_EQ(later.back().index, first.index);
  EXPECT_TRUE(is_none(find_name(segment_, "former")));
  EXPECT_TRUE(name_of(segment_, later.back()).empty());
}

TEST_F(NamesTest, ThousandsOfNamesAreAllFoundWhateverWasRemovedBetween) {
  std::vector<std::pair<ActorId, std::string>> living;
  for (int i = 0; i < 2'000; ++i) {
    const std::string name = "actor-" + std::to_string(i);
    living.emplace_back(add_named(name), name);
    if (i % 3 == 0) {
      remove_name(*thread_, living.back().first);
      living.pop_back();
    }
  }
  for (const auto& [id, name] : living) ASSERT_EQ(find_name(segment_, name), id) << name;
  for (int i = 0; i < 2'000; i += 3) ASSERT_TRUE(is_none(find_name(segment_, "actor-" + std::to_string(i))));
}

class FullNamesTest : public NamesTest {
 protected:
  FullNamesTest() : NamesTest(with_actors(kSmallTables, 8)) {}
};

TEST_F(FullNamesTest, ATableWithoutAnEmptyCellIsFull) {
  const ActorId id = add_actor(), other = add_actor();
  std::size_t used = 0;
  while (insert(id, "n" + std::to_string(used)).ok()) {  // Ends: each leaves a tombstone.
    remove_name(*thread_, id);
    ASSERT_LT(++used, 100u);
  }
  EXPECT_EQ(used, segment_.layout().count_of(Table::Names));
  EXPECT_EQ(insert(other, "more").error(), NameError::Full);
  EXPECT_TRUE(name_of(segment_, other).empty());
}

TEST_F(NamesTest, OneOfSeveralInsertersHasTheNameUnderContention) {
  constexpr std::size_t kThreads = 4;
  constexpr int kNames = 500;
  std::array<std::vector<ActorId>, kThreads> actors;
  while (threads_.size() < kThreads) add_thread();
  for (auto& own : actors) {
    for (int i = 0; i < kNames; ++i) own.push_back(add_actor());
  }
  std::array<std::array<bool, kNames>, kThreads> has{};
  {
    std::vector<std::jthread> threads;
    for (std::size_t id = 0; id < kThreads; ++id) {
      threads.emplace_back([&, id] {
        for (int i = 0; i < kNames; ++i) {
          ActorId holder;
          const auto named =
              insert_name(*threads_[id], actors[id][static_cast<std::size_t>(i)], "race-" + std::to_string(i), holder);
          has[id][static_cast<std::size_t>(i)] = named.ok();
          if (!named.ok()) {
            ASSERT_EQ(named.error(), NameError::Taken);
            ASSERT_FALSE(is_none(holder));
          }
        }
      });
    }
  }
  for (std::size_t i = 0; i < kNames; ++i) {
    std::size_t holders = 0;
    for (std::size_t id = 0; id < kThreads; ++id) {
      if (!has[id][i]) continue;
      ++holders;
      EXPECT_EQ(find_name(segment_, "race-" + std::to_string(i)), actors[id][i]);
    }
    EXPECT_EQ(holders, 1u) << i;
  }
}

}  // namespace
}  // namespace buskin::test
