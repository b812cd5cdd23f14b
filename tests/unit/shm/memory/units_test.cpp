// units_test: pieces of the data area are claimed by one, given back whole, and never forget a generation.
#include <thread>

#include "shm/segment/size_class.hpp"
#include "shm/memory/units.hpp"
#include "tests/support/segment_fixture.hpp"

namespace buskin::test {
namespace {

constexpr ThreadIndex kThread{1};
constexpr std::uint32_t kUnits = 64;

class UnitsTest : public SegmentFixture {
 protected:
  UnitsTest() : SegmentFixture(with_units(kSmallTables, kUnits)) {}

  UnitState state_of(std::uint64_t unit) const { return unit_word(segment_, unit_at(unit)).state; }
  UnitWord run_word(std::uint64_t units) const {
    return {UnitState::Run, kRunClass, true, static_cast<std::uint32_t>(units), 1};
  }
  UnitWord span_word(std::uint8_t size_class) const { return {UnitState::Span, size_class, true, 1}; }

  UnitIndex take(std::uint64_t count) { return take_units(segment_, kThread, count).value(); }

  BlockHeader& block_at(UnitIndex head, std::uint64_t offset) {
    return *reinterpret_cast<BlockHeader*>(segment_.unit_data(head) + offset);
  }

  /// A span of FREE blocks in generation `gen`, as the heap makes one.
  UnitIndex make_span(std::uint8_t size_class, std::uint64_t gen) {
    const UnitIndex head = take(span_units(size_class));
    for (std::uint64_t i = 0; i < span_blocks(size_class); ++i) {
      block_at(head, i * kClassBytes[size_class]).own.store_relaxed(OwnerWord::free(gen).pack());
    }
    commit_units(segment_, kThread, head, span_units(size_class), span_word(size_class));
    return head;
  }

  /// A run whose block is HELD in generation 1.
  UnitIndex make_run(std::uint64_t units) {
    const UnitIndex head = take(units);
    block_at(head, 0).own.store_relaxed(OwnerWord::held(kThread, 1).pack());
    commit_units(segment_, kThread, head, units, run_word(units));
    return head;
  }

  std::uint64_t free_count() const {
    std::uint64_t free = 0;
    for (std::uint64_t unit = 0; unit < kUnits; ++unit) {
      if (!segment_.is_backed(Table::Units, unit) || state_of(unit) == UnitState::Free) ++free;
    }
    return free;
  }
};

TEST_F(UnitsTest, AClaimIsOursUntilItIsCommitted) {
  const UnitIndex first = take(3);
  for (std::uint64_t i = 0; i < 3; ++i) {
    const UnitWord word = unit_word(segment_, unit_at(to_bits(first) + i));
    EXPECT_EQ(word.state, UnitState::Taking);
    EXPECT_EQ(word.owner, to_bits(kThread));
  }

  commit_units(segment_, kThread, first, 3, run_word(3));

  EXPECT_EQ(unit_word(segment_, first).state, UnitState::Run);
  EXPECT_EQ(units_count(segment_, first), 3u);
  for (std::uint64_t i = 0; i < 3; ++i) {
    const void* inside = segment_.unit_data(first) + i * kPieceBytes + 128;
    EXPECT_EQ(head_of(segment_, segment_.handle_of(inside)), first);
    EXPECT_TRUE(unit_word(segment_, unit_at(to_bits(first) + i)).backed);
  }
  EXPECT_EQ(segment_.thread(kThread).run.count.load_relaxed(), 0u);
}

TEST_F(UnitsTest, AnUndoneClaimIsFreeAgain) {
  const UnitIndex first = take(5);
  undo_take(segment_, kThread, first, 5);

  EXPECT_EQ(free_count(), kUnits);
  EXPECT_EQ(segment_.thread(kThread).run.count.load_relaxed(), 0u);
  EXPECT_TRUE(take_units(segment_, kThread, kUnits).ok());
}

TEST_F(UnitsTest, MoreThanThereAreIsRefusedAndNothingIsClaimed) {
  EXPECT_EQ(take_units(segment_, kThread, kUnits + 1).error(), MemoryError::NoUnits);
  const UnitIndex first = take(kUnits - 1);
  EXPECT_EQ(take_units(segment_, kThread, 2).error(), MemoryError::NoUnits);
  EXPECT_EQ(free_count(), 1u);

  EXPECT_TRUE(take_units(segment_, kThread, 1).ok());
  EXPECT_EQ(take_units(segment_, kThread, 1).error(), MemoryError::NoUnits);
  undo_take(segment_, kThread, first, kUnits - 1);
}

TEST_F(UnitsTest, AHoleThatIsTooSmallIsPassed) {
  const UnitIndex a = make_run(2), b = make_run(2), c = make_run(2);
  block_at(b, 0).own.store_relaxed(OwnerWord::free(1).pack());
  ASSERT_TRUE(release_units(segment_, kThread, b, unit_word(segment_, b)));

  const UnitIndex large = take(3);
  EXPECT_GT(to_bits(large), to_bits(c));
  EXPECT_EQ(take(2), b) << "the hole itself is used for what fits";
  EXPECT_EQ(state_of(to_bits(a)), UnitState::Run);
  block_at(a, 0).own.store_relaxed(OwnerWord::free(1).pack());
  block_at(c, 0).own.store_relaxed(OwnerWord::free(1).pack());
}

TEST_F(UnitsTest, AReleaseIsMadeByOneOfThoseWhoTry) {
  const UnitIndex head = make_run(4);
  block_at(head, 0).own.store_relaxed(OwnerWord::free(1).pack());
  const UnitWord word = unit_word(segment_, head);

  EXPECT_TRUE(release_units(segment_, kThread, head, word));
  EXPECT_FALSE(release_units(segment_, kThread, head, word));
  EXPECT_EQ(free_count(), kUnits);
}

TEST_F(UnitsTest, ALaterLifeHasALaterGeneration) {
  const UnitIndex span = make_span(0, 7);
  block_at(span, 64).own.store_relaxed(OwnerWord::free(90).pack());
  ASSERT_TRUE(release_units(segment_, kThread, span, unit_word(segment_, span)));
  EXPECT_EQ(gen_base_of(segment_, span, 1), 91u);

  const UnitIndex run = make_run(1);
  ASSERT_EQ(run, span);
  block_at(run, 0).own.store_relaxed(OwnerWord::free(200).pack());
  ASSERT_TRUE(release_units(segment_, kThread, run, unit_word(segment_, run)));
  EXPECT_EQ(gen_base_of(segment_, run, 1), 201u);
}

TEST_F(UnitsTest, ARunKeepsTheGenerationsOfTheUnitsBehindItsHead) {
  const UnitIndex span = make_span(16, 500);  // 24 KiB blocks in 16 units.
  ASSERT_TRUE(release_units(segment_, kThread, span, unit_word(segment_, span)));
  const UnitIndex run = make_run(16);
  ASSERT_EQ(run, span);
  block_at(run, 0).own.store_relaxed(OwnerWord::free(1).pack());  // As if it had been the first ever.
  ASSERT_TRUE(release_units(segment_, kThread, run, unit_word(segment_, run)));

  for (std::uint64_t i = 0; i < 16; ++i) EXPECT_EQ(gen_base_of(segment_, unit_at(to_bits(run) + i), 1), 501u) << i;
}

/// A death after each number of units given back; a block of 24 KiB straddles most borders of units.
TEST_F(UnitsTest, AReleaseThatWasCutShortIsFinishedWithoutForgettingAGeneration) {
  constexpr std::uint8_t kClass = 16;
  constexpr std::uint64_t kSpan = 16;
  for (std::uint64_t left = 1; left <= kSpan; ++left) {
    const UnitIndex head = make_span(kClass, left * 1'000);
    std::array<std::uint64_t, kSpan> newest{};
    for (std::uint64_t i = 0; i < span_blocks(kClass); ++i) {
      const std::uint64_t offset = i * kClassBytes[kClass];
      const std::uint64_t gen = left * 1'000 + i;
      block_at(head, offset).own.store_relaxed(OwnerWord::free(gen).pack());
      newest[offset / kPieceBytes] = gen;
    }
    UnitWord releasing = unit_word(segment_, head);
    releasing.state = UnitState::Releasing;
    segment_.unit(head).word.store_release(releasing.pack());
    for (std::uint64_t i = kSpan; i-- > left;) {
      segment_.unit(unit_at(to_bits(head) + i)).word.store_release(UnitWord{UnitState::Free, 0, true, 0}.pack());
    }

    finish_release(segment_, head);

    for (std::uint64_t i = 0; i < left; ++i) {
      EXPECT_GT(gen_base_of(segment_, unit_at(to_bits(head) + i), 1), newest[i]) << left << " units left, unit " << i;
    }
    EXPECT_EQ(free_count(), kUnits);
  }
}

TEST_F(UnitsTest, ReclaimsTheRunThatWasFreedAndNeverGivenBack) {
  const UnitIndex freed = make_run(6), used = make_run(2);
  block_at(freed, 0).own.store_relaxed(OwnerWord::free(1).pack());

  EXPECT_EQ(reclaim_units(segment_, kThread), 6u);
  EXPECT_EQ(state_of(to_bits(freed)), UnitState::Free);
  EXPECT_EQ(state_of(to_bits(used)), UnitState::Run);
  EXPECT_EQ(reclaim_units(segment_, kThread), 0u);
  block_at(used, 0).own.store_relaxed(OwnerWord::free(1).pack());
}

TEST_F(UnitsTest, ReclaimsOrphansWithoutABlockInUse) {
  const UnitIndex empty = make_span(17, 1), used = make_span(3, 1);
  block_at(used, 256).own.store_relaxed(OwnerWord::queued(ActorIndex{9}, Lane::Messages, 2).pack());
  for (const UnitIndex head : {empty, used}) {
    UnitWord orphan = unit_word(segment_, head);
    orphan.state = UnitState::Orphan;
    orphan.owner = 0;
    segment_.unit(head).word.store_release(orphan.pack());
  }

  EXPECT_EQ(reclaim_units(segment_, kThread), span_units(17));
  EXPECT_EQ(state_of(to_bits(empty)), UnitState::Free);
  EXPECT_EQ(state_of(to_bits(used)), UnitState::Orphan);
  block_at(used, 256).own.store_relaxed(OwnerWord::free(2).pack());
}

TEST_F(UnitsTest, ASpanOfALivingThreadIsNotReclaimed) {
  const UnitIndex span = make_span(0, 1);
  EXPECT_EQ(reclaim_units(segment_, kThread), 0u);
  EXPECT_EQ(state_of(to_bits(span)), UnitState::Span);
}

TEST_F(UnitsTest, NoUnitHasTwoOwnersUnderContention) {
  constexpr int kThreads = 4;
  constexpr int kRounds = 20'000;
  std::array<Atomic<std::uint32_t>, kUnits> owner{};
  Atomic<std::uint64_t> taken{0};
  for (int i = 1; i < kThreads; ++i) add_thread();
  std::vector<std::jthread> threads;
  for (std::uint32_t id = 1; id <= kThreads; ++id) {
    threads.emplace_back([&, id] {
      const auto self = static_cast<ThreadIndex>(id);
      std::uint64_t random = id;
      for (int round = 0; round < kRounds; ++round) {
        random = random * 6'364'136'223'846'793'005u + 1'442'695'040'888'963'407u;
        const std::uint64_t count = 1 + (random >> 60);
        const auto first = take_units(segment_, self, count);
        if (!first.ok()) continue;
        taken.add_relaxed(1);
        for (std::uint64_t i = 0; i < count; ++i) ASSERT_TRUE(owner[to_bits(first.value()) + i].cas_acquire(0, id));
        const bool is_kept = (random >> 59 & 1) != 0;
        if (is_kept) {
          block_at(first.value(), 0).own.store_relaxed(OwnerWord::free(1).pack());
          for (std::uint64_t i = 0; i < count; ++i) owner[to_bits(first.value()) + i].store_release(0);
          commit_units(segment_, self, first.value(), count, run_word(count));  // For anybody to reclaim.
          continue;
        }
        for (std::uint64_t i = 0; i < count; ++i) owner[to_bits(first.value()) + i].store_release(0);
        undo_take(segment_, self, first.value(), count);
      }
    });
  }
  threads.clear();
  (void)reclaim_units(segment_, kThread);

  EXPECT_EQ(free_count(), kUnits);
  EXPECT_GT(taken.load_relaxed(), std::uint64_t{kRounds});
}

}  // namespace
}  // namespace buskin::test
