// restart_limits_test: how long a restart waits, from the numbers in the slot alone.
#include <set>

#include "api/runtime/recovery/restart_limits.hpp"
#include "shm/actor/restart_counts.hpp"
#include "shm/base/clock.hpp"
#include "shm/segment/slot_facts.hpp"
#include "tests/support/segment_fixture.hpp"

namespace buskin::test {
namespace {

using namespace std::chrono_literals;

class Backoff : public SegmentFixture {
 protected:
  /// The slot of an actor that was restarted so often in its window.
  Duration after(shm::ActorId actor, std::uint32_t restarts) {
    segment_.slot(actor.index).restarts.store_relaxed(restarts);
    segment_.slot(actor.index).restarts_total.store_relaxed(restarts);
    return runtime::backoff_of(segment_, actor, {.backoff = 8ms, .backoff_max = 100ms});
  }
};

TEST_F(Backoff, ThereIsNoneBeforeTheFirstRestart) { EXPECT_EQ(after(add_actor(), 1), Duration::zero()); }

TEST_F(Backoff, DoublesUpToItsLimitAndIsNeverMoreThanAQuarterLess) {
  const shm::ActorId actor = add_actor();
  const Duration whole[] = {8ms, 16ms, 32ms, 64ms, 100ms, 100ms};
  for (std::uint32_t i = 0; i < std::size(whole); ++i) {
    const Duration wait = after(actor, i + 2);
    EXPECT_LE(wait, whole[i]) << i;
    EXPECT_GE(wait, whole[i] - whole[i] / 4) << i;
    EXPECT_EQ(after(actor, i + 2), wait) << "the same restart waits as long, whichever process asks";
  }
}

TEST_F(Backoff, GrowsWhenInstancesDieBeforeTheyRunWhateverTheMessageInHandHasCost) {
  const shm::ActorId actor = add_actor();
  Mailbox& mailbox = segment_.mailbox(actor.index);
  LaneRecord& lane = mailbox.lanes[static_cast<std::size_t>(Lane::Messages)];
  const std::uint64_t in_hand = lane.done.load_relaxed() + 1;
  lane.hand_meta.store_relaxed(HandWord{.seq = in_hand, .phase = Phase::Charged, .kills = 1}.pack());
  ASSERT_EQ(charged_failures_of(segment_, actor), 1u);
  EXPECT_GT(after(actor, 3), after(actor, 2));
  write_running_since(segment_, actor, now_ns());
  EXPECT_EQ(after(actor, 3), Duration::zero()) << "this instance came to the message";
}

TEST_F(Backoff, ThereIsNoneWhenTheLastInstanceHasLivedForLong) {
  const shm::ActorId actor = add_actor();
  write_running_since(segment_, actor, now_ns());
  EXPECT_GT(after(actor, 5), Duration::zero());
  write_running_since(segment_, actor, now_ns() - 80'000'000);
  EXPECT_EQ(after(actor, 5), Duration::zero());
}

TEST_F(Backoff, ActorsThatDiedTogetherComeBackOneAfterAnother) {
  std::set<Duration> waits;
  for (int i = 0; i < 32; ++i) waits.insert(after(add_actor(), 5));
  EXPECT_GT(waits.size(), 24u);
}

}  // namespace
}  // namespace buskin::test
