// heap_test: blocks of every size, freed by any thread, and the cost of looking for them.
#include <algorithm>
#include <deque>
#include <random>
#include <set>
#include <thread>

#include "shm/segment/size_class.hpp"
#include "shm/memory/units.hpp"
#include "tests/support/segment_fixture.hpp"

namespace buskin::test {
namespace {

class HeapTest : public SegmentFixture {
 protected:
  using SegmentFixture::SegmentFixture;

  Handle take(std::uint64_t bytes) { return thread_->heap().allocate(bytes).value(); }
  void give(Handle handle) { thread_->heap().free(handle); }
  std::byte* bytes_of(Handle handle) { return reinterpret_cast<std::byte*>(&segment_.block(handle)); }
  std::uint64_t spans_taken(const Thread& thread) const { return counted(thread, Counter::SpansTaken); }
  std::uint64_t free_units() const {
    std::uint64_t free = 0;
    for (std::uint64_t unit = 0; unit < segment_.layout().count_of(Table::Units); ++unit) {
      if (!segment_.is_backed(Table::Units, unit) || unit_word(segment_, unit_at(unit)).state == UnitState::Free) {
        ++free;
      }
    }
    return free;
  }
};

TEST_F(HeapTest, EveryClassHoldsWhatWasAskedFor) {
  for (std::size_t i = 0; i < kClassCount; ++i) {
    const std::uint64_t below = i == 0 ? 1 : kClassBytes[i - 1] + 1;
    for (const std::uint64_t bytes : {below, std::uint64_t{kClassBytes[i]}}) {
      const Handle handle = take(bytes);
      EXPECT_EQ(block_bytes(segment_, handle), kClassBytes[i]) << bytes;
      const OwnerWord own = own_of(handle);
      EXPECT_EQ(own.state, BlockState::Held);
      EXPECT_EQ(own.id, to_bits(thread_->index()));
      std::fill_n(bytes_of(handle) + kHeaderBytes, bytes > kHeaderBytes ? bytes - kHeaderBytes : 0, std::byte{0x5a});
      give(handle);
      EXPECT_EQ(own_of(handle).state, BlockState::Free);
      EXPECT_EQ(own_of(handle).gen, own.gen);
    }
  }
}

TEST_F(HeapTest, NoTwoBlocksOverlap) {
  std::vector<std::pair<std::uint64_t, std::uint64_t>> places;
  std::vector<Handle> handles;
  for (int round = 0; round < 300; ++round) {
    for (std::size_t i = 0; i < kClassCount - 4; ++i) {
      if (i > 12 && round > 8) continue;
      const Handle handle = take(kClassBytes[i]);
      handles.push_back(handle);
      places.emplace_back(to_bits(handle) * kCacheLineBytes, to_bits(handle) * kCacheLineBytes + kClassBytes[i]);
    }
  }
  std::sort(places.begin(), places.end());
  for (std::size_t i = 1; i < places.size(); ++i) ASSERT_LE(places[i - 1].second, places[i].first);
  for (const Handle handle : handles) give(handle);
}

TEST_F(HeapTest, AFreedBlockComesBackFirstAndInANewLife) {
  const Handle a = take(64), b = take(64);
  const std::uint64_t gen = own_of(b).gen;
  give(a);
  give(b);
  EXPECT_EQ(take(64), b);
  EXPECT_EQ(own_of(b).gen, gen + 1);
  EXPECT_EQ(take(64), a);
  give(a);
  give(b);
}

/// Handles stay in the cache while the cursor takes their blocks; then they must not be given twice.
TEST_F(HeapTest, ABlockThatTheCursorTookIsNotGivenAgainFromTheCache) {
  std::set<std::uint64_t> live;
  std::deque<Handle> queue;
  std::mt19937_64 random(7);
  for (int i = 0; i < 200'000; ++i) {
    if (queue.size() < 40 || (queue.size() < 3'000 && random() % 2 == 0)) {
      const Handle handle = take(64);
      ASSERT_TRUE(live.insert(to_bits(handle)).second);
      queue.push_back(handle);
    } else {
      const bool is_newest = random() % 2 == 0;
      const Handle handle = is_newest ? queue.back() : queue.front();
      if (is_newest) {
        queue.pop_back();
      } else {
        queue.pop_front();
      }
      live.erase(to_bits(handle));
      give(handle);
    }
  }
  for (const Handle handle : queue) give(handle);
}

TEST_F(HeapTest, LargeBlocksAreRunsThatGoBackWhenFreed) {
  const std::uint64_t before = free_units();
  for (const std::uint64_t bytes : {std::uint64_t{262'145}, std::uint64_t{1} << 20, (std::uint64_t{16} << 20) + 5}) {
    const Handle handle = take(bytes);
    const std::uint64_t units = (bytes + kPieceBytes - 1) / kPieceBytes;
    EXPECT_EQ(block_bytes(segment_, handle), units * kPieceBytes);
    EXPECT_EQ(free_units(), before - units);
    bytes_of(handle)[bytes - 1] = std::byte{1};
    give(handle);
    EXPECT_EQ(free_units(), before);
  }
  EXPECT_EQ(counted(*thread_, Counter::RunsTaken), 3u);
  EXPECT_EQ(counted(*thread_, Counter::RunsReturned), 3u);
}

TEST_F(HeapTest, ARunIsGivenBackByWhoeverFreesIt) {
  Thread& other = add_thread();
  const std::uint64_t before = free_units();
  const Handle handle = take(1 << 20);
  other.heap().free(handle);
  EXPECT_EQ(free_units(), before);
  EXPECT_EQ(counted(other, Counter::RunsReturned), 1u);
}

TEST_F(HeapTest, MoreThanAnyBlockCanHoldIsTooBig) {
  EXPECT_EQ(thread_->heap().allocate(kPayloadMax + 4'097).error(), MemoryError::TooBig);
  EXPECT_EQ(thread_->heap().allocate(~std::uint64_t{0}).error(), MemoryError::TooBig);
  EXPECT_EQ(thread_->heap().allocate(kPayloadMax).error(), MemoryError::NoUnits) << "this segment has 128 MiB";
}

TEST_F(HeapTest, OnlyTheExactLifeIsFreed) {
  const Handle handle = take(64);
  const std::uint64_t own = segment_.block(handle).own.load_relaxed();
  give(handle);
  EXPECT_FALSE(thread_->heap().free_exact(handle, own));
  ASSERT_EQ(take(64), handle);
  EXPECT_FALSE(thread_->heap().free_exact(handle, own)) << "that was the life before";
  EXPECT_TRUE(thread_->heap().free_exact(handle, segment_.block(handle).own.load_relaxed()));
}

TEST_F(HeapTest, TheCursorMeetsWhatOthersFreed) {
  Thread& other = add_thread();
  std::vector<Handle> handles(4 * 1'024);
  for (int round = 0; round < 20; ++round) {
    for (Handle& handle : handles) handle = take(64);
    for (const Handle handle : handles) other.heap().free(handle);
  }
  EXPECT_LE(spans_taken(*thread_), 6u);
  EXPECT_EQ(spans_taken(other), 0u);
}

/// Each block goes to the neighbour, who checks what is in it and frees it, while its owner looks for free ones.
TEST_F(HeapTest, BlocksThatOthersFreeAreNeverGivenTwiceUnderContention) {
  constexpr std::size_t kThreads = 3;
  constexpr std::uint64_t kEach = 60'000;
  std::array<std::array<Atomic<std::uint64_t>, 64>, kThreads> rings{};  // Cells of handles; 0 is empty.
  while (threads_.size() < kThreads) add_thread();
  {
    std::vector<std::jthread> workers;
    for (std::size_t id = 0; id < kThreads; ++id) {
      workers.emplace_back([&, id] {
        Heap& heap = threads_[id]->heap();
        std::uint64_t sent = 0, freed = 0;
        const auto free_from = [&](Atomic<std::uint64_t>& cell) {
          const auto handle = static_cast<Handle>(cell.load_acquire());
          if (handle == Handle::None) return;
          ASSERT_EQ(value_of(handle), to_bits(handle) * 31 + 5);
          *reinterpret_cast<std::uint64_t*>(&segment_.block(handle) + 1) = 0;
          heap.free(handle);
          cell.store_release(0);
          ++freed;
        };
        while (sent < kEach || freed < kEach) {
          for (std::size_t i = 0; i < 64 && sent < kEach; ++i) {
            Atomic<std::uint64_t>& cell = rings[(id + 1) % kThreads][i];
            if (cell.load_acquire() != 0) continue;
            const Handle handle = heap.allocate(i % 4 == 0 ? 64 : 100).value();
            *reinterpret_cast<std::uint64_t*>(&segment_.block(handle) + 1) = to_bits(handle) * 31 + 5;
            cell.store_release(to_bits(handle));
            ++sent;
          }
          for (auto& cell : rings[id]) free_from(cell);
          std::this_thread::yield();
        }
      });
    }
  }
  for (const auto& thread : threads_) EXPECT_LE(spans_taken(*thread), 4u);
}

TEST_F(HeapTest, AnEndedHeapsSpansAreAdoptedWithWhatIsInUseInThem) {
  Thread& second = add_thread();
  std::vector<Handle> handles;
  for (int i = 0; i < 3'000; ++i) handles.push_back(second.heap().allocate(64).value());
  for (std::size_t i = 0; i < handles.size(); ++i) {
    if (i % 100 != 0) second.heap().free(handles[i]);
  }
  threads_.pop_back();  // The thread ends.

  std::vector<Handle> mine;
  for (int i = 0; i < 2'900; ++i) mine.push_back(take(64));

  EXPECT_EQ(counted(*thread_, Counter::SpansAdopted), 3u);
  EXPECT_EQ(spans_taken(*thread_), 0u);
  for (std::size_t i = 0; i < handles.size(); i += 100) {
    EXPECT_EQ(std::count(mine.begin(), mine.end(), handles[i]), 0);
    give(handles[i]);
  }
  for (const Handle handle : mine) give(handle);
}

TEST_F(HeapTest, AnEndedHeapsEmptySpansGoBack) {
  const std::uint64_t before = free_units();
  Thread& second = add_thread();
  std::vector<Handle> handles;
  for (int i = 0; i < 5'000; ++i) {
    handles.push_back(second.heap().allocate(64 + static_cast<std::uint64_t>(i) % 4'000).value());
  }
  for (const Handle handle : handles) second.heap().free(handle);
  threads_.pop_back();
  EXPECT_EQ(free_units(), before);
}

class SmallHeapTest : public HeapTest {
 protected:
  SmallHeapTest() : HeapTest(with_units(kSmallTables, 32)) {}
};

TEST_F(SmallHeapTest, AFullSegmentSaysSoAndGoesOnWhenSomethingIsFreed) {
  for (const std::uint64_t bytes :
       {std::uint64_t{64}, std::uint64_t{16'384}, std::uint64_t{24'576}, std::uint64_t{300'000}}) {
    std::vector<Handle> handles;
    for (;;) {  // Ends: there are 32 units.
      const auto made = thread_->heap().allocate(bytes);
      if (!made.ok()) {
        EXPECT_EQ(made.error(), MemoryError::NoUnits);
        break;
      }
      handles.push_back(made.value());
    }
    ASSERT_GT(handles.size(), 5u) << bytes;
    const Handle freed = handles[handles.size() / 2];
    give(freed);
    EXPECT_EQ(take(bytes), freed);
    EXPECT_FALSE(thread_->heap().allocate(bytes).ok());
    for (const Handle handle : handles) give(handle);
  }
}

TEST_F(SmallHeapTest, EmptySpansMakeRoomForAnotherSize) {
  std::vector<Handle> handles;
  for (int i = 0; i < 30 * 1'024; ++i) handles.push_back(take(64));
  EXPECT_FALSE(thread_->heap().allocate(20 * kPieceBytes).ok());
  for (const Handle handle : handles) give(handle);

  const Handle run = take(20 * kPieceBytes);

  EXPECT_EQ(block_bytes(segment_, run), 20 * kPieceBytes);
  const Handle small = take(64);
  EXPECT_NE(head_of(segment_, small), head_of(segment_, run)) << "not from where the cache says, which is the run's";
  give(small);
  give(run);
}

class LargeHeapTest : public HeapTest {
 protected:
  LargeHeapTest() : HeapTest(with_units(kSmallTables, 40'000)) {}
};

TEST_F(LargeHeapTest, ABlockCanHaveAGibibyte) {
  constexpr std::uint64_t kBytes = std::uint64_t{1} << 30;
  const std::uint64_t before = free_units();
  const Handle handle = take(kHeaderBytes + kBytes);
  std::byte* const payload = bytes_of(handle) + kHeaderBytes;
  for (std::uint64_t at = 0; at < kBytes; at += kBytes / 16) payload[at] = std::byte{7};
  payload[kBytes - 1] = std::byte{9};
  EXPECT_EQ(free_units(), before - (kBytes / kPieceBytes + 1));
  give(handle);
  EXPECT_EQ(free_units(), before);
}

/// Another thread frees, so that the cache of the first does not help.
TEST_F(LargeHeapTest, WithAMillionLiveBlocksFewAreLookedAtPerAllocation) {
  constexpr std::size_t kLive = 1'000'000;
  Thread& other = add_thread();
  std::vector<Handle> live;
  live.reserve(kLive);
  for (std::size_t i = 0; i < kLive; ++i) live.push_back(take(64));
  EXPECT_LE(thread_->heap().looked_count(), 4 * kLive) << "while the heap grew";

  const auto looked_per_block = [&](auto choose) {
    const std::uint64_t before = thread_->heap().looked_count();
    for (std::size_t i = 0; i < kLive; ++i) {
      Handle& handle = live[choose(i)];
      other.heap().free(handle);
      handle = take(64);
    }
    return static_cast<double>(thread_->heap().looked_count() - before) / kLive;
  };
  std::mt19937_64 random(11);
  const double in_order = looked_per_block([](std::size_t i) { return i; });
  const double at_random = looked_per_block([&](std::size_t) { return random() % kLive; });
  const double at_one_end = looked_per_block([](std::size_t i) { return i % 100; });
  std::printf("looked at per allocation: %.2f in order, %.2f at random, %.2f at one end\n", in_order, at_random,
              at_one_end);

  EXPECT_LE(in_order, 5);
  EXPECT_LE(at_random, 5);
  EXPECT_LE(at_one_end, 5);
  EXPECT_LE(spans_taken(*thread_) * 1'024, 2 * kLive) << "and not by taking ever more memory";
  for (const Handle handle : live) give(handle);
}

}  // namespace
}  // namespace buskin::test
