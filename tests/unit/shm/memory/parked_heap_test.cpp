// parked_heap: the empty spans of a thread that allocates nothing are there for the others.
#include "shm/memory/parked_heap.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "shm/memory/units.hpp"
#include "shm/segment/size_class.hpp"
#include "tests/support/segment_fixture.hpp"

namespace buskin::test {
namespace {

constexpr std::uint64_t kBlockBytes = 16'384;  // Four in a span of one unit.

class ParkedHeapTest : public SegmentFixture {
 protected:
  /// Takes all memory.
  std::vector<Handle> fill(Thread& thread) {
    std::vector<Handle> all;
    for (auto made = thread.heap().allocate(kBlockBytes); made.ok(); made = thread.heap().allocate(kBlockBytes)) {
      all.push_back(made.value());
    }
    return all;
  }
  void free_all(Thread& thread, const std::vector<Handle>& blocks) {
    for (const Handle handle : blocks) thread.heap().free(handle);
  }
  bool can_allocate(Thread& thread, std::uint64_t bytes = kBlockBytes) {
    const auto made = thread.heap().allocate(bytes);
    if (made.ok()) thread.heap().free(made.value());
    return made.ok();
  }

  Thread& owner_ = add_thread();
  Thread& other_ = add_thread();
};

TEST_F(ParkedHeapTest, LetsOthersHaveItsEmptySpans) {
  free_all(owner_, fill(owner_));
  EXPECT_FALSE(can_allocate(other_)) << "its owner may allocate from each span";
  owner_.heap().park();
  EXPECT_TRUE(can_allocate(other_));
}

TEST_F(ParkedHeapTest, LetsOthersHaveWhatBecomesEmptyLater) {
  const std::vector<Handle> blocks = fill(owner_);
  owner_.heap().park();
  EXPECT_FALSE(can_allocate(other_));
  free_all(other_, blocks);
  EXPECT_TRUE(can_allocate(other_));
}

TEST_F(ParkedHeapTest, IsParkedByASenderOnlyWhenItIsLarge) {
  owner_.heap().free(owner_.heap().allocate(kBlockBytes).value());
  owner_.heap().park_if_large();
  EXPECT_EQ(owner_.record().heap_use.load_acquire(), HeapUse::kBusy);
  free_all(owner_, fill(owner_));
  owner_.heap().park_if_large();
  EXPECT_EQ(owner_.record().heap_use.load_acquire(), HeapUse::kParked);
  EXPECT_TRUE(can_allocate(other_));
}

TEST_F(ParkedHeapTest, GivesAsMuchAsARunNeeds) {
  free_all(owner_, fill(owner_));
  owner_.heap().park();
  EXPECT_TRUE(can_allocate(other_, kClassBytes.back() + 1));
}

TEST_F(ParkedHeapTest, KeepsASpanWithABlockInUse) {
  std::vector<Handle> blocks = fill(owner_);
  const Handle used = blocks.back();
  blocks.pop_back();
  free_all(owner_, blocks);
  owner_.heap().park();
  const std::vector<Handle> theirs = fill(other_);
  EXPECT_FALSE(theirs.empty());
  const UnitWord word = unit_word(segment_, head_of(segment_, used));
  EXPECT_EQ(word.state, UnitState::Span);
  EXPECT_EQ(word.owner, to_bits(owner_.index()));
  free_all(other_, theirs);
  owner_.heap().free(used);
}

TEST_F(ParkedHeapTest, AllocatesFromWhatIsLeftWhenItIsUsedAgain) {
  std::vector<Handle> blocks = fill(owner_);
  const std::vector<Handle> used(blocks.begin(), blocks.begin() + 1);
  free_all(owner_, {blocks.begin() + 1, blocks.end()});
  owner_.heap().park();
  std::vector<Handle> theirs = fill(other_);
  EXPECT_FALSE(theirs.empty());
  std::vector<Handle> ours = fill(owner_);
  EXPECT_EQ(ours.size(), 3u) << "the rest of the span that was in use";
  std::vector<Handle> all = theirs;
  all.insert(all.end(), ours.begin(), ours.end());
  all.insert(all.end(), used.begin(), used.end());
  std::sort(all.begin(), all.end());
  EXPECT_EQ(std::adjacent_find(all.begin(), all.end()), all.end()) << "given twice";
  free_all(other_, all);
}

TEST_F(ParkedHeapTest, HasOtherWordsAfterASearch) {
  const Handle block = owner_.heap().allocate(kBlockBytes).value();
  const UnitIndex head = head_of(segment_, block);
  const UnitWord before = unit_word(segment_, head);
  owner_.heap().park();
  // A searcher that died.
  owner_.record().heap_use.store_release(HeapUse::searched(other_.index(), 1));
  EXPECT_EQ(unit_word(segment_, head).pack(), before.pack());
  EXPECT_TRUE(can_allocate(owner_));
  EXPECT_NE(unit_word(segment_, head).pack(), before.pack());
  EXPECT_EQ(owner_.record().heap_use.load_acquire(), HeapUse::kBusy);
  owner_.heap().free(block);
}

/// A word that a searcher has read once must not come again.
TEST_F(ParkedHeapTest, AnOrphanThatIsLookedIntoHasANewStamp) {
  Handle used = Handle::None;
  {
    Thread& gone = *threads_.emplace_back(std::make_unique<Thread>(segment_, kProcess, ThreadIndex{9}));
    used = gone.heap().allocate(kBlockBytes).value();
    threads_.pop_back();
  }
  const std::uint64_t stamp = owner_.record().span_stamp.load_acquire();
  EXPECT_EQ(reclaim_units(segment_, owner_.index()), 0u);
  EXPECT_EQ(unit_word(segment_, head_of(segment_, used)).state, UnitState::Orphan);
  EXPECT_NE(owner_.record().span_stamp.load_acquire(), stamp);
  owner_.heap().free(used);
  EXPECT_EQ(reclaim_units(segment_, owner_.index()), 1u);
}

TEST_F(ParkedHeapTest, IsSearchedAlthoughASearcherDied) {
  free_all(owner_, fill(owner_));
  owner_.heap().park();
  owner_.record().heap_use.store_release(HeapUse::searched(owner_.index(), 1));
  EXPECT_TRUE(can_allocate(other_));
  EXPECT_EQ(owner_.record().heap_use.load_acquire(), HeapUse::kTaken);
}

}  // namespace
}  // namespace buskin::test
