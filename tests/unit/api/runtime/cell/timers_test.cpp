// timers_test: which timers of an actor stand after a turn, a group, a restart, and which one fires.
#include "api/runtime/cell/timers.hpp"

#include <cstring>

#include "buskin/timer.hpp"
#include "shm/check/check.hpp"
#include "tests/support/segment_fixture.hpp"

namespace buskin::test {
namespace {

constexpr v0::detail::MessageInfo kTick{};
constexpr std::uint64_t kPeriod_ns = 100;

class TimersOfAnActor : public SegmentFixture {
 protected:
  void SetUp() override {
    SegmentFixture::SetUp();
    actor_ = add_active_actor();
  }

  void set(runtime::Timers& timers, const TimerSpec& spec) { timers.set(spec, kTick, {}); }

  Staged set_with_turn(runtime::Timers& timers, const TimerSpec& spec) {
    return timers.set_with_turn(*thread_, spec, {}, std::as_bytes(std::span(&spec.id, 1))).value();
  }

  /// Commits a turn of the actor with these entries.
  void commit(const std::vector<Staged>& staged) {
    ASSERT_EQ(send_value(actor_, 0), SendStatus::Accepted);
    LaneReader reader(segment_, actor_.index, Lane::Messages);
    ASSERT_TRUE(reader.poll());
    commit_turn(*thread_, reader, reader.begin(Phase::Running), staged);
  }

  bool fire(runtime::Timers& timers, std::uint64_t now_ns) {
    return timers.fire(*thread_, now_ns, [this](const v0::detail::MessageInfo&, std::span<const std::byte>) {
      if (has_memory_) ++sent_;
      return has_memory_;
    });
  }

  /// How many timers fire when all are due.
  int count(runtime::Timers& timers) {
    int fired = 0;
    while (fire(timers, 1'000'000)) ++fired;
    return fired;
  }

  std::uint64_t blocks_timed() { return check_segment(segment_).totals.blocks_timed; }

  ActorId actor_;
  bool has_memory_ = true;
  int sent_ = 0;
};

TEST_F(TimersOfAnActor, FireInTheOrderInWhichTheyAreDue) {
  runtime::Timers timers(actor_);
  set(timers, {1, 300, 0});
  set(timers, {2, 200, 0});
  EXPECT_EQ(timers.due_ns(), 200u);
  EXPECT_FALSE(fire(timers, 199));
  EXPECT_TRUE(fire(timers, 200));
  EXPECT_FALSE(fire(timers, 299));
  EXPECT_TRUE(fire(timers, 300));
  EXPECT_EQ(sent_, 2);
  EXPECT_TRUE(timers.is_empty());
  EXPECT_EQ(timers.due_ns(), shm::kNever_ns);
}

TEST_F(TimersOfAnActor, RepeatWithoutMakingUpForWhatTheyMissed) {
  runtime::Timers timers(actor_);
  set(timers, {1, 100, kPeriod_ns});
  EXPECT_TRUE(fire(timers, 350));
  EXPECT_FALSE(fire(timers, 399));
  EXPECT_TRUE(fire(timers, 400));
}

TEST_F(TimersOfAnActor, HaveABound) {
  runtime::Timers timers(actor_);
  for (std::uint64_t id = 1; id < kTimersMax; ++id) set(timers, {id, 1, 0});
  EXPECT_FALSE(timers.is_full());
  set(timers, {kTimersMax, 1, 0});
  EXPECT_TRUE(timers.is_full());
}

TEST_F(TimersOfAnActor, AreCancelledAtOnceOutsideAnExactTurn) {
  runtime::Timers timers(actor_);
  set(timers, {1, 100, 0});
  commit({set_with_turn(timers, {2, 100, 0})});
  timers.cancel(*thread_, 1);
  timers.cancel(*thread_, 2);
  timers.cancel(*thread_, 3);
  EXPECT_TRUE(timers.is_empty());
  EXPECT_EQ(blocks_timed(), 0u);
}

TEST_F(TimersOfAnActor, FireFromTheSegmentAsAMessageOfTheActorToItself) {
  runtime::Timers timers(actor_);
  commit({set_with_turn(timers, {7, 100, 0})});
  EXPECT_TRUE(fire(timers, 100));
  EXPECT_EQ(sent_, 0) << "the segment sends it";
  EXPECT_EQ(take_all(actor_).size(), 1u);
  EXPECT_EQ(blocks_timed(), 0u);
}

TEST_F(TimersOfAnActor, RepeatInTheSegment) {
  runtime::Timers timers(actor_);
  commit({set_with_turn(timers, {7, 100, kPeriod_ns})});
  EXPECT_TRUE(fire(timers, 100));
  EXPECT_EQ(blocks_timed(), 1u);
  EXPECT_EQ(timers.due_ns(), 100u);
  EXPECT_FALSE(fire(timers, 150));
  EXPECT_EQ(timers.due_ns(), 200u);
}

TEST_F(TimersOfAnActor, CancelledWithATurnAreGoneWhenItCommits) {
  runtime::Timers timers(actor_);
  commit({set_with_turn(timers, {1, 100, 0})});
  const auto entry = timers.cancel_with_turn(1);
  ASSERT_TRUE(entry.has_value());
  EXPECT_FALSE(timers.cancel_with_turn(1).has_value()) << "it is cancelled already";
  commit({*entry});
  timers.commit_turn();
  EXPECT_TRUE(timers.is_empty());
  EXPECT_EQ(blocks_timed(), 0u);
}

TEST_F(TimersOfAnActor, CancelledWithATurnNeedNoEntryWhenTheyEndWithTheInstance) {
  runtime::Timers timers(actor_);
  set(timers, {1, 100, 0});
  EXPECT_FALSE(timers.cancel_with_turn(1).has_value());
  timers.commit_turn();
  EXPECT_TRUE(timers.is_empty());
}

TEST_F(TimersOfAnActor, ATurnThatIsUndoneSetsAndCancelsNone) {
  runtime::Timers timers(actor_);
  set(timers, {1, 100, 0});
  (void)timers.cancel_with_turn(1);
  set(timers, {2, 100, 0});
  timers.undo_turn(2, false);
  EXPECT_EQ(count(timers), 1);
}

TEST_F(TimersOfAnActor, AGroupKeepsWhatItCancelledWhenALaterTurnIsUndone) {
  runtime::Timers timers(actor_);
  set(timers, {1, 100, 0});
  set(timers, {2, 100, 0});
  (void)timers.cancel_with_turn(1);
  timers.gather_turn();
  (void)timers.cancel_with_turn(2);
  timers.undo_turn(3, true);
  timers.commit_group();
  EXPECT_EQ(count(timers), 1);
}

TEST_F(TimersOfAnActor, AGroupThatIsRolledBackCancelsNone) {
  runtime::Timers timers(actor_);
  set(timers, {1, 100, 0});
  (void)timers.cancel_with_turn(1);
  timers.gather_turn();
  timers.undo_turn(2, false);
  timers.commit_group();
  EXPECT_EQ(count(timers), 1);
}

TEST_F(TimersOfAnActor, OnlyThoseOfTheSegmentOutliveTheInstance) {
  runtime::Timers timers(actor_);
  set(timers, {1, 100, 0});
  commit({set_with_turn(timers, {2, 100, 0})});
  timers.end_instance();
  EXPECT_EQ(count(timers), 1);
  EXPECT_EQ(sent_, 0);
}

TEST_F(TimersOfAnActor, AreAdoptedOnceHoweverOftenTheAdoptionIsTried) {
  runtime::Timers before(actor_);
  commit({set_with_turn(before, {1, 300, 0}), set_with_turn(before, {2, 200, 0})});
  runtime::Timers timers(actor_);
  timers.adopt(segment_);
  timers.adopt(segment_);
  EXPECT_EQ(timers.due_ns(), 200u);
  EXPECT_EQ(count(timers), 2);
}

TEST_F(TimersOfAnActor, FiresLaterWhatFindsNoMemory) {
  runtime::Timers timers(actor_);
  set(timers, {1, 100, 0});
  has_memory_ = false;
  EXPECT_FALSE(fire(timers, 200));
  EXPECT_FALSE(timers.is_empty());
  EXPECT_GT(timers.due_ns(), 200u);
  has_memory_ = true;
  EXPECT_TRUE(fire(timers, timers.due_ns()));
  EXPECT_EQ(sent_, 1);
}

}  // namespace
}  // namespace buskin::test
