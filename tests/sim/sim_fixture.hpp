// SimFixture: a fresh segment per seed, and the loop over the seeds.
#pragma once

#include "tests/sim/fresh_segment.hpp"
#include "tests/sim/simulation.hpp"
#include "tests/support/segment_fixture.hpp"

namespace buskin::test {

/// One run: its segment, its threads' records, and the simulation.
class SimRun : public SegmentFixture {
 public:
  SimRun(std::uint64_t seed, std::uint64_t steps_max, const TableCounts& counts = kSimTables)
      : SegmentFixture(FreshSegment::take(counts)), simulation(seed, steps_max) {
    SegmentFixture::SetUp();
  }
  ~SimRun() override {
    threads_.clear();
    FreshSegment::give_back(std::move(segment_));
  }
  void TestBody() override {}

  /// With a span of the smallest blocks, whose headers would otherwise be a thousand dull steps.
  Thread& add_thread() {
    Thread& thread = SegmentFixture::add_thread();
    thread.heap().free(make(thread, 0));
    return thread;
  }

  /// The payload is watched: who makes it and who reads it must be ordered.
  static Handle make(Thread& thread, std::uint64_t value) {
    const Handle handle = SegmentFixture::make(thread, value);
    if (handle != Handle::None) sim::wrote(&thread.segment().block(handle) + 1);
    return handle;
  }
  std::uint64_t value_of(Handle handle) const {
    sim::read(&segment_.block(handle) + 1);
    return SegmentFixture::value_of(handle);
  }

  using SegmentFixture::add_actor;
  using SegmentFixture::drop_undelivered;
  using SegmentFixture::end_actor;
  using SegmentFixture::end_actors;
  using SegmentFixture::own_of;
  using SegmentFixture::segment_;
  using SegmentFixture::thread_;
  using SegmentFixture::threads_;

  sim::Simulation simulation;
  std::uint64_t blocks_left = 0;  ///< What a stopped thread still holds at the end.
};

/// Runs `body(run)` for each seed: it adds the simulated threads, and returns what is checked after them.
/// The first seed that goes wrong ends the test and is named.
template <class Body>
void for_each_seed(std::uint64_t steps_max, Body body, const TableCounts& counts = kSimTables) {
  std::uint64_t steps = 0, stale = 0;
  const std::uint64_t end = sim::first_seed() + sim::seeds_count();
  for (std::uint64_t seed = sim::first_seed(); seed < end; ++seed) {
    SimRun run(seed, steps_max, counts);
    const std::function<void()> check = body(run);
    ASSERT_TRUE(run.simulation.run()) << run.simulation.why() << "; again with BUSKIN_SEED=" << seed;
    check();
    run.drop_undelivered();
    run.end_actors();
    EXPECT_EQ(blocks_in_use(run.segment_), run.blocks_left) << "leaked";
    ASSERT_FALSE(::testing::Test::HasFailure()) << "again with BUSKIN_SEED=" << seed;
    steps += run.simulation.steps_count();
    stale += run.simulation.stale_count();
  }
  std::printf("%llu schedules, %llu steps, %llu loads of old values\n",
              static_cast<unsigned long long>(sim::seeds_count()), static_cast<unsigned long long>(steps),
              static_cast<unsigned long long>(stale));
}

}  // namespace buskin::test
