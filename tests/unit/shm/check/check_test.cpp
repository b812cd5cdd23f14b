// check_test: each kind of damage is found, named, and nothing else is.
#include "shm/check/check.hpp"

#include <array>
#include <atomic>
#include <thread>

#include "shm/actor/timers.hpp"
#include "tests/support/segment_fixture.hpp"

namespace buskin::test {
namespace {

class Check : public SegmentFixture {
 protected:
  void SetUp() override {
    SegmentFixture::SetUp();
    x_ = add_active_actor();
  }

  /// Changes a word, expects one finding that says `what`, and changes it back.
  void expect_found(Atomic<std::uint64_t>& word, std::uint64_t damaged, const std::string& what) {
    const std::uint64_t whole = word.load_relaxed();
    word.store_relaxed(damaged);
    const CheckReport report = check_segment(segment_);
    bool is_found = false;
    for (const std::string& finding : report.findings) is_found = is_found || finding.find(what) != std::string::npos;
    EXPECT_TRUE(is_found) << what << ", among " << report.findings.size() << " findings";
    word.store_relaxed(whole);
    expect_clean();
  }
  void expect_clean() {
    const CheckReport report = check_segment(segment_);
    for (const std::string& finding : report.findings) ADD_FAILURE() << finding;
  }

  Handle newest(ActorId id) { return HeadWord::unpack(segment_.mailbox(id.index).in[2].load_relaxed()).handle; }

  ActorId x_;
};

TEST_F(Check, FindsNothingInAHealthySegmentAndCountsIt) {
  for (std::uint64_t i = 0; i < 5; ++i) ASSERT_EQ(send_value(x_, i), SendStatus::Accepted);
  const Handle held = make(*thread_, 9);
  const CheckReport report = check_segment(segment_);
  expect_clean();
  EXPECT_EQ(report.totals.messages, 5u);
  EXPECT_EQ(report.totals.blocks_queued, 5u);
  EXPECT_EQ(report.totals.blocks_held, 1u);
  EXPECT_EQ(report.totals.blocks_notice, 1u);
  EXPECT_EQ(report.totals.actors, 1u);
  EXPECT_EQ(report.totals.processes, 1u);
  EXPECT_GT(report.totals.blocks_free, 0u);
  thread_->heap().free(held);
  (void)take_all(x_);
}

/// The list of blocks is always older than a state that changes as fast as it can, in the same few blocks.
TEST_F(Check, DoesNotMissAStateThatIsReplacedAllTheTime) {
  Thread& writer = add_thread();
  std::atomic<std::uint64_t> turns{0};
  std::jthread saving([&](const std::stop_token& stop) {
    LaneReader reader(segment_, x_.index, Lane::Messages);
    while (!stop.stop_requested()) {
      EXPECT_EQ(send(writer, {x_, Lane::Messages, Admission::Bounded}, make(writer, 0)), SendStatus::Accepted);
      EXPECT_TRUE(reader.poll());
      commit_turn(writer, reader, reader.begin(Phase::Running), {}, make(writer, turns));
      ++turns;
    }
  });
  for (int look = 0; look < 2'000; ++look) {
    const CheckReport report = check_segment(segment_, 1);
    for (const std::string& finding : report.findings) {
      EXPECT_EQ(finding.find("as saved"), std::string::npos) << finding;
    }
  }
  while (turns == 0) std::this_thread::yield();  // Ends: with the first turn of the other thread.
}

/// Beside timers of another thread that are set and fired all the time there is one that stays, behind all of these.
TEST_F(Check, ReportsNothingFalseBesideTimersThatComeAndGo) {
  Thread& host = add_thread();
  const auto timer = [&](std::uint64_t id) {
    std::span<std::byte> place;
    return open_timer(host, {id, 10, 0}, {}, x_, 8, place).value();
  };
  const auto take_one = [&](std::span<const Staged> staged) {
    EXPECT_EQ(send(host, {x_, Lane::Messages, Admission::Exempt}, make(host, 0)), SendStatus::Accepted);
    LaneReader reader(segment_, x_.index, Lane::Messages);
    EXPECT_TRUE(reader.poll());
    commit_turn(host, reader, reader.begin(Phase::Running), staged);
  };
  const std::array<Staged, 1> staying{timer_set(x_, timer(1))};
  take_one(staying);
  std::atomic<std::uint64_t> rounds{0};
  std::jthread working([&](const std::stop_token& stop) {
    std::array<Handle, 20> timers{};
    while (!stop.stop_requested()) {
      for (Handle& one : timers) {
        one = timer(2);
        const std::array<Staged, 1> set{timer_set(x_, one)};
        take_one(set);
      }
      for (const Handle one : timers) cancel_timer(host, x_, one);
      ++rounds;
    }
  });
  while (rounds == 0) std::this_thread::yield();  // Ends: with the first round.
  for (int look = 0; look < 1'000; ++look) expect_clean();
}

TEST_F(Check, FindsAQueuedBlockThatIsInNoChain) {
  const Handle held = make(*thread_, 1);
  expect_found(segment_.block(held).own, OwnerWord::queued(x_.index, Lane::Messages, 40).pack(), "in no chain of it");
  thread_->heap().free(held);
}

TEST_F(Check, FindsABlockThatIsInAChainAndElsewhere) {
  ASSERT_EQ(send_value(x_, 1), SendStatus::Accepted);
  expect_found(segment_.block(newest(x_)).own, OwnerWord::free(1).pack(), "which is elsewhere");
  (void)take_all(x_);
}

TEST_F(Check, FindsALinkThatDoesNotGoDownByOne) {
  for (std::uint64_t i = 0; i < 3; ++i) ASSERT_EQ(send_value(x_, i), SendStatus::Accepted);
  BlockHeader& block = segment_.block(newest(x_));
  HeadWord link = HeadWord::unpack(block.next.load_relaxed());
  link.seq += 5;
  expect_found(block.next, link.pack(), "the link below position");
  (void)take_all(x_);
}

TEST_F(Check, FindsADoneAheadOfTheLane) {
  Atomic<std::uint64_t>& done = segment_.mailbox(x_.index).lanes[1].done;
  expect_found(done, done.load_relaxed() + 3, "is behind in");
}

TEST_F(Check, FindsAClosedLaneOfALivingActor) {
  Atomic<std::uint64_t>& in = segment_.mailbox(x_.index).in[0];
  expect_found(in, in.load_relaxed() | kNil, "closed, but its actor takes messages");
}

TEST_F(Check, FindsAnActorInNobodysHands) {
  Atomic<std::uint64_t>& life = segment_.mailbox(x_.index).life;
  expect_found(life, LifeWord{x_.gen, LifeState::Active, ProcessIndex{3}}.pack(), "belongs to process 3");
}

TEST_F(Check, FindsABlockHeldByNobody) {
  const Handle held = make(*thread_, 1);
  expect_found(segment_.block(held).own, OwnerWord::held(ThreadIndex{9}, 3).pack(),
               "a thread record that no process has");
  thread_->heap().free(held);
}

TEST_F(Check, FindsASavedBlockThatNoActorNames) {
  const Handle held = make(*thread_, 1);
  const auto id = static_cast<std::uint32_t>(to_bits(x_.index));
  expect_found(segment_.block(held).own, OwnerWord{BlockState::Saved, id, 5}.pack(), "which does not name it");
  thread_->heap().free(held);
}

TEST_F(Check, FindsASavedStateThatIsFree) {
  const Handle block = make(*thread_, 1);
  thread_->heap().free(block);
  expect_found(segment_.slot(x_.index).saved, SavedWord{1, block}.pack(), "as saved, which is not");
}

TEST_F(Check, FindsAReferenceThatNobodyOwns) {
  std::array<Handle, 2> envelopes{};
  const Handle payload = make(*thread_, 1);
  ASSERT_TRUE(share(*thread_, payload, envelopes).ok());
  expect_clean();
  BlockHeader& block = segment_.block(payload);
  RefsWord refs = RefsWord::unpack(block.next.load_relaxed());
  refs.bits |= 1u << 9;
  expect_found(block.next, refs.pack(), "some of its references have no owner");
  refs.bits = 0;
  expect_found(block.next, refs.pack(), "has no reference left");
  for (const Handle envelope : envelopes) drop(*thread_, envelope);
}

TEST_F(Check, FindsUnitsThatDoNotHangTogether) {
  const auto run = thread_->heap().allocate(300'000);
  ASSERT_TRUE(run.ok());
  expect_clean();
  const auto head = to_bits(segment_.unit_of(run.value()));
  Atomic<std::uint64_t>& second = segment_.unit(static_cast<UnitIndex>(head + 1)).word;
  expect_found(second, UnitWord{UnitState::Continued, 0, true, 999, 0}.pack(), "which is not its head");
  expect_found(second, UnitWord{UnitState::Free, 0, true, 0, 0}.pack(), "hang on it");
  thread_->heap().free(run.value());
}

TEST_F(Check, FindsASpanOfNobody) {
  const Handle block = make(*thread_, 1);
  Atomic<std::uint64_t>& word = segment_.unit(segment_.unit_of(block)).word;
  UnitWord span = UnitWord::unpack(word.load_relaxed());
  span.owner = 9;
  expect_found(word, span.pack(), "thread record 9, which no process has");
  thread_->heap().free(block);
}

TEST_F(Check, FindsAThreadRecordOfAProcessThatIsNotThere) {
  expect_found(thread_->record().process, 3, "belongs to process 3");
}

TEST_F(Check, FindsANameThatLeadsToNobody) {
  ASSERT_TRUE(segment_.back(Table::Names, 5).ok());
  auto& cell = segment_.row<Atomic<std::uint64_t>>(Table::Names, 5);
  expect_found(cell, NameWord{1, ActorIndex{77}, 4, false}.pack(), "leads to actor 77");
}

TEST_F(Check, CountsASendUnderWayAsInDoubt) {
  const Handle block = make(*thread_, 1);
  BlockHeader& header = segment_.block(block);
  const std::uint64_t held = header.own.load_relaxed();
  const std::uint64_t queued = OwnerWord::queued(x_.index, Lane::Messages, OwnerWord::unpack(held).gen).pack();
  header.own.store_relaxed(queued);
  thread_->record().op_handle.store_relaxed(to_bits(block));
  thread_->record().op_own.store_relaxed(queued);
  expect_clean();
  EXPECT_EQ(check_segment(segment_).totals.in_doubt, 1u);
  header.own.store_relaxed(held);
  thread_->heap().free(block);
}

}  // namespace
}  // namespace buskin::test
