// reserve_test: what is there when all other memory is in use, and for whom.
#include <set>
#include <thread>

#include "shm/check/check.hpp"
#include "shm/memory/units.hpp"
#include "shm/segment/reserve_layout.hpp"
#include "tests/support/segment_fixture.hpp"

namespace buskin::test {
namespace {

constexpr std::uint32_t kUnits = 8;
constexpr std::uint64_t kQuarter = 16'000;  // A unit holds four blocks of this size.

class ReserveTest : public SegmentFixture {
 protected:
  ReserveTest() : SegmentFixture(with_reserve(kTinyTables, kUnits)) {}

  void SetUp() override {
    SegmentFixture::SetUp();
    // Ends: four of them take a unit.
    for (auto made = allocate(kQuarter); made.ok(); made = allocate(kQuarter)) others_.push_back(made.value());
  }
  void TearDown() override {
    free_all(others_);
    SegmentFixture::TearDown();
  }

  Result<Handle, MemoryError> allocate(std::uint64_t bytes) { return thread_->heap().allocate(bytes); }
  /// Allocates until there is no more.
  std::vector<Handle> take_all_of(std::uint64_t bytes, Purpose purpose) {
    const WithPurpose purposed(*thread_, purpose);
    std::vector<Handle> taken;
    for (auto made = allocate(bytes); made.ok(); made = allocate(bytes)) taken.push_back(made.value());
    return taken;
  }
  void free_all(std::vector<Handle>& handles) {
    for (const Handle handle : handles) thread_->heap().free(handle);
    handles.clear();
  }

  std::vector<Handle> others_;  ///< All memory but the reserve.
};

constexpr std::size_t kSmallInHalf = kUnits / 4 * (65'536 / 256);
constexpr std::size_t kLargeForAll = kUnits / 4 * (65'536 / 1'024);
constexpr std::size_t kLargeForSupervision = kUnits / 4 * (65'536 / 4'096);

TEST_F(ReserveTest, GivesSmallBlocksWhenAllElseIsInUse) {
  std::vector<Handle> taken = take_all_of(200, Purpose::Ordinary);
  EXPECT_EQ(taken.size(), kSmallInHalf + kLargeForAll);
  EXPECT_EQ(counted(*thread_, Counter::ReserveTaken), taken.size());
  EXPECT_EQ(allocate(2'000).error(), MemoryError::NoUnits);
  free_all(taken);
}

TEST_F(ReserveTest, KeepsHalfForSupervision) {
  std::vector<Handle> taken = take_all_of(200, Purpose::Ordinary);
  std::vector<Handle> supervised = take_all_of(200, Purpose::Supervision);
  EXPECT_EQ(supervised.size(), kSmallInHalf + kLargeForSupervision);
  EXPECT_FALSE(allocate(64).ok()) << "the purpose ends with its scope";
  free_all(taken);
  EXPECT_TRUE([&] {
    const auto again = allocate(64);
    thread_->heap().free(again.value());
    return again.ok();
  }());
  free_all(supervised);
}

TEST_F(ReserveTest, IsNotTouchedWhileThereIsOtherMemory) {
  const auto end = others_.size();
  for (std::size_t i = end - 4; i < end; ++i) thread_->heap().free(others_[i]);
  others_.resize(end - 4);
  std::vector<Handle> taken{allocate(64).value()};
  EXPECT_GE(to_bits(segment_.unit_of(taken.front())), kUnits);
  free_all(taken);
}

TEST_F(ReserveTest, IsWholeAgainWhenItsBlocksAreFree) {
  for (int round = 0; round < 3; ++round) {
    std::vector<Handle> taken = take_all_of(1'000, Purpose::Supervision);
    EXPECT_EQ(taken.size(), kLargeForAll + kLargeForSupervision);
    free_all(taken);
    thread_->heap().free(others_.back());
    others_.back() = allocate(kQuarter).value();
  }
  for (std::uint64_t unit = 0; unit < kUnits; ++unit) {
    EXPECT_EQ(unit_word(segment_, unit_at(unit)).pack(), reserve_word(unit).pack());
  }
}

TEST_F(ReserveTest, GivesABlockToOneOfManyThreads) {
  std::array<Thread*, 3> threads{&add_thread(), &add_thread(), &add_thread()};
  std::array<std::vector<Handle>, 3> taken;
  {
    std::vector<std::jthread> running;
    for (std::size_t i = 0; i < threads.size(); ++i) {
      running.emplace_back([&, i] {
        for (Handle handle = take_reserved(segment_, threads[i]->index(), 64, Purpose::Supervision);
             handle != Handle::None; handle = take_reserved(segment_, threads[i]->index(), 64, Purpose::Supervision)) {
          taken[i].push_back(handle);
        }
      });
    }
  }
  std::set<std::uint64_t> all;
  for (const auto& handles : taken) {
    for (const Handle handle : handles) EXPECT_TRUE(all.insert(to_bits(handle)).second);
  }
  EXPECT_EQ(all.size(), 2 * kSmallInHalf + kLargeForAll + kLargeForSupervision);
  for (std::vector<Handle>& handles : taken) free_all(handles);
}

TEST_F(ReserveTest, LetsActorsBeMadeAndMessagesBeSent) {
  const ActorId actor = add_actor();
  EXPECT_EQ(send_value(actor, 7), SendStatus::Accepted);
  EXPECT_EQ(take_all(actor), std::vector<std::uint64_t>{7});
}

TEST_F(ReserveTest, IsMissedByTheCheckWhenAUnitIsUsedForSomethingElse) {
  Atomic<std::uint64_t>& word = segment_.unit(unit_at(1)).word;
  word.store_relaxed(UnitWord{.state = UnitState::Free, .backed = true}.pack());
  const CheckReport report = check_segment(segment_, 1);
  EXPECT_TRUE(std::any_of(report.findings.begin(), report.findings.end(), [](const std::string& finding) {
    return finding.find("unit 1 is of the reserve") != std::string::npos;
  }));
  word.store_relaxed(reserve_word(1).pack());
}

TEST(ReserveLayout, TakesOnePartIn32BetweenItsBoundsAndComesOnTop) {
  const auto units = [](std::uint64_t memory_max, std::uint64_t room) {
    return system_tables(memory_max, room).reserve_units;
  };
  EXPECT_EQ(units(16 << 20, 0), 8u);
  EXPECT_EQ(units(0, 16 << 20), 8u);
  EXPECT_EQ(units(1 << 20, 1 << 30), 4u);
  EXPECT_EQ(units(0, 0), 64u);
  EXPECT_EQ(system_tables(16 << 20, 0).units, 256u + 8u);
}

}  // namespace
}  // namespace buskin::test
