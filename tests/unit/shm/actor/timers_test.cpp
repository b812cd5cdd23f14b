// timers_test: timers of the segment: set and cancelled with a turn, fired once, kept until then.
#include "shm/actor/timers.hpp"

#include <cstring>
#include <map>

#include "shm/check/check.hpp"
#include "tests/support/segment_fixture.hpp"

namespace buskin::test {
namespace {

class Timed : public SegmentFixture {
 protected:
  void SetUp() override {
    SegmentFixture::SetUp();
    x_ = add_active_actor();
  }

  Handle make_timer(std::uint64_t value, const TimerSpec& spec) {
    std::span<std::byte> place;
    const Handle block = open_timer(*thread_, spec, {}, x_, sizeof value, place).value();
    std::memcpy(place.data(), &value, sizeof value);
    return block;
  }
  /// One turn of x with these entries.
  void turn(const std::vector<Staged>& staged) {
    ASSERT_EQ(send_value(x_, 0), SendStatus::Accepted);
    LaneReader reader(segment_, x_.index, Lane::Messages);
    ASSERT_TRUE(reader.poll());
    ASSERT_TRUE(reserve_journal(*thread_, staged.size()).ok());
    commit_turn(*thread_, reader, reader.begin(Phase::Running), staged);
  }
  void set(std::uint64_t count) {
    std::vector<Staged> staged;
    for (std::uint64_t i = 1; i <= count; ++i) staged.push_back(timer_set(x_, make_timer(100 + i, {i, 10 * i, 0})));
    turn(staged);
  }
  std::map<std::uint64_t, Handle> timers() {
    std::map<std::uint64_t, Handle> found;
    for_each_timer(segment_, x_, [&](Handle block, const TimerSpec& spec) {
      EXPECT_EQ(spec.due_ns, 10 * spec.id);
      EXPECT_TRUE(found.emplace(spec.id, block).second);
    });
    return found;
  }
  void expect_clean(std::uint64_t timed) {
    const CheckReport report = check_segment(segment_);
    for (const std::string& finding : report.findings) ADD_FAILURE() << finding;
    EXPECT_EQ(report.totals.blocks_timed, timed);
  }

  ActorId x_;
};

TEST_F(Timed, StandsAfterTheTurnThatSetIt) {
  set(3);
  EXPECT_EQ(timers().size(), 3u);
  expect_clean(3);
}

TEST_F(Timed, IsSetBeyondTheInlineJournal) {
  set(30);
  EXPECT_EQ(timers().size(), 30u);
  expect_clean(30);
}

TEST_F(Timed, FiresOnceAsAPlainMessage) {
  set(3);
  fire_timer(*thread_, x_, timers().at(2), Handle::None);
  EXPECT_EQ(timers().size(), 2u);
  expect_clean(2);
  LaneReader reader(segment_, x_.index, Lane::Messages);
  ASSERT_TRUE(reader.poll());
  const Hand hand = reader.begin(Phase::Running);
  const PayloadView mail = view_payload(segment_, hand.handle);
  EXPECT_EQ(*reinterpret_cast<const std::uint64_t*>(mail.bytes.data()), 102u);
  EXPECT_EQ(mail.sender, x_);
  EXPECT_EQ(mail.extension->deadline_ns, 0u) << "it would expire";
  EXPECT_EQ(mail.extension->correlation, 0u) << "it would be a request";
  EXPECT_EQ(mail.extension->id, 0u) << "its id is its position";
  reader.complete(*thread_, hand);
  EXPECT_FALSE(reader.poll());
  EXPECT_EQ(thread_->record().journal.armed.load_relaxed(), 0u);
}

TEST_F(Timed, IsSetAgainWithTheStrokeThatFiresIt) {
  set(1);
  const Handle first = timers().at(1);
  const Handle next = copy_timer(*thread_, x_, first, {7, 70, 5}).value();
  fire_timer(*thread_, x_, first, next);
  EXPECT_EQ(timers(), (std::map<std::uint64_t, Handle>{{7, next}}));
  expect_clean(1);
  EXPECT_EQ(take_all(x_).size(), 1u);
}

TEST_F(Timed, IsFreedWhenCancelledInWhateverPlace) {
  for (const std::uint64_t which : {1u, 2u, 3u}) {
    set(3);
    cancel_timer(*thread_, x_, timers().at(which));
    EXPECT_EQ(timers().size(), 2u);
    EXPECT_FALSE(timers().contains(which));
    for (const auto& [id, block] : timers()) cancel_timer(*thread_, x_, block);
    expect_clean(0);
  }
}

TEST_F(Timed, IsCancelledAndSetInOneTurn) {
  set(2);
  turn({timer_cancelled(x_, timers().at(1)), timer_set(x_, make_timer(9, {5, 50, 0}))});
  EXPECT_EQ(timers().size(), 2u);
  EXPECT_TRUE(timers().contains(5));
  expect_clean(2);
}

TEST_F(Timed, IsCancelledByTheTurnThatSetIt) {
  const Handle block = make_timer(1, {1, 10, 0});
  turn({timer_set(x_, block), timer_cancelled(x_, block)});
  EXPECT_TRUE(timers().empty());
  expect_clean(0);
}

TEST_F(Timed, IsFreedWithItsActor) {
  set(5);
  end_actor(x_);
  expect_clean(0);
}

TEST_F(Timed, IsFoundByTheCheckWhenNobodyNamesIt) {
  set(1);
  Atomic<std::uint64_t>& head = segment_.slot(x_.index).timers;
  const std::uint64_t block = head.load_relaxed();
  head.store_relaxed(0);
  EXPECT_EQ(check_segment(segment_).findings.size(), 1u);
  const Handle held = make(*thread_, 1);
  head.store_relaxed(to_bits(held));
  EXPECT_EQ(check_segment(segment_).findings.size(), 2u);
  head.store_relaxed(block);
  thread_->heap().free(held);
  expect_clean(1);
}

}  // namespace
}  // namespace buskin::test
