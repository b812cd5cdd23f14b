// reap_test: what a repair decides: whom it may touch, what a death costs, what becomes of each actor.
//
// The deaths are injected; tests/crash has the real ones.
#include "shm/mailbox/ready_set.hpp"
#include "shm/recovery/reap.hpp"

#include <array>

#include "shm/actor/actor_end.hpp"
#include "shm/mailbox/room_waiter.hpp"
#include "shm/segment/slot_facts.hpp"
#include "tests/support/segment_fixture.hpp"

namespace buskin::test {
namespace {

constexpr ProcessIndex kDead{2};
constexpr ProcessIndex kOther{3};

class Reap : public SegmentFixture {
 protected:
  void SetUp() override {
    SegmentFixture::SetUp();
    enter(kProcess);
    enter(kDead);
    victim_ = &add_thread_of(kDead);
  }
  void TearDown() override {
    threads_.resize(1);  // The others' records are gone, or the dead's.
    SegmentFixture::TearDown();
  }

  void enter(ProcessIndex index) {
    segment_.process(index).word.store_release(ProcessWord{0, ProcessState::Alive}.pack());
  }
  Thread& add_thread_of(ProcessIndex process) {
    const auto index = static_cast<ThreadIndex>(threads_.size() + 1);
    EXPECT_TRUE(segment_.back(Table::Threads, to_bits(index)).ok());
    segment_.thread(index).process.store_relaxed(to_bits(process));
    threads_.push_back(std::make_unique<Thread>(segment_, process, index));
    return *threads_.back();
  }

  /// An actor that the dead process hosts, with `count` messages and the first one in its hand.
  ActorId add_victims_actor(std::uint64_t count = 0) {
    const ActorId id = add_actor();
    EXPECT_TRUE(change_life(segment_, id, LifeState::Reserved, LifeState::Active, kDead));
    for (std::uint64_t i = 1; i <= count; ++i) EXPECT_EQ(send_value(id, i), SendStatus::Accepted);
    if (count == 0) return id;
    LaneReader reader(segment_, id.index, Lane::Messages);
    EXPECT_TRUE(reader.poll());
    (void)reader.begin(Phase::Running);
    return id;
  }

  Result<Reaped, ReapError> reap(ProcessIndex index, std::vector<ProcessIndex> dead) {
    const auto is_dead_now = [dead](ProcessIndex asked) {
      return std::find(dead.begin(), dead.end(), asked) != dead.end();
    };
    return reap_process(*thread_, index, {.is_dead_now = is_dead_now});
  }
  Reaped reap_dead() { return reap(kDead, {kDead}).value(); }

  HandWord hand_of(ActorId id) {
    return HandWord::unpack(segment_.mailbox(id.index).lanes[2].hand_meta.load_acquire());
  }
  LifeState state_of(ActorId id) { return life_of(segment_, id).state; }
  ProcessWord entry_of(ProcessIndex index) { return ProcessWord::unpack(segment_.process(index).word.load_acquire()); }

  void fault(ActorId id, std::uint64_t seq) {
    FaultRecord& record = victim_->record().fault;
    record.actor.write(id.word());
    record.lane.write(2);
    record.seq.write(seq);
    record.address.write(0x1234);
    record.signal.store_relaxed(11);
  }

  Thread* victim_ = nullptr;
};

TEST_F(Reap, LeavesTheLivingAlone) {
  const ActorId x = add_victims_actor(1);
  EXPECT_EQ(reap(kDead, {}).error(), ReapError::Alive);
  EXPECT_EQ(reap(kProcess, {kProcess}).error(), ReapError::Alive) << "itself";
  EXPECT_EQ(state_of(x), LifeState::Active);
  EXPECT_EQ(entry_of(kDead).state, ProcessState::Alive);
  (void)reap_dead();
}

TEST_F(Reap, FindsNobodyInAFreeEntry) {
  EXPECT_EQ(reap(kOther, {kOther}).error(), ReapError::NotThere);
  EXPECT_EQ(reap(ProcessIndex{3'000}, {ProcessIndex{3'000}}).error(), ReapError::NotThere);
  (void)reap_dead();
  EXPECT_EQ(reap(kDead, {kDead}).error(), ReapError::NotThere) << "repaired already";
}

TEST_F(Reap, RespectsTheClaimOfALivingRepairer) {
  enter(kOther);
  segment_.process(kDead).claim.store_release(to_bits(kOther));
  EXPECT_EQ(reap(kDead, {kDead}).error(), ReapError::Claimed);
  const Reaped both = reap(kDead, {kDead, kOther}).value();
  EXPECT_EQ(both.processes, (std::vector<ProcessIndex>{kOther, kDead})) << "the dead repairer first";
}

TEST_F(Reap, TakesAClaimWhoseHolderIsGone) {
  segment_.process(kDead).claim.store_release(to_bits(kOther) | std::uint64_t{7} << 32);
  EXPECT_EQ(reap_dead().processes, std::vector<ProcessIndex>{kDead});
}

TEST_F(Reap, FreesTheEntryForTheNextLifeAndReturnsTheRecords) {
  victim_->count(Counter::Sent, 5);
  const std::uint64_t sent = total_counters(segment_)[0];
  EXPECT_EQ(reap_dead().counts.records, 1u);
  EXPECT_EQ(entry_of(kDead).state, ProcessState::Free);
  EXPECT_EQ(entry_of(kDead).gen, 1u);
  EXPECT_EQ(segment_.process(kDead).claim.load_acquire(), 0u);
  EXPECT_EQ(victim_->record().process.load_acquire(), 0u);
  EXPECT_EQ(total_counters(segment_)[0], sent) << "what the dead counted stays";
}

TEST_F(Reap, ChargesAKillForADeathWithoutARecord) {
  const ActorId x = add_victims_actor(2);
  EXPECT_EQ(reap_dead().counts.charged, 1u);
  EXPECT_EQ(hand_of(x).kills, 1);
  EXPECT_EQ(hand_of(x).attempts, 0);
  EXPECT_EQ(hand_of(x).phase, Phase::Charged);
  LaneReader successor(segment_, x.index, Lane::Messages);
  ASSERT_TRUE(successor.poll());
  const Hand again = successor.begin(Phase::Running);
  EXPECT_TRUE(again.redelivered);
  EXPECT_EQ(again.kills, 1);
  successor.complete(*thread_, again);
  ASSERT_TRUE(successor.poll());
  const Hand next = successor.begin(Phase::Running);
  EXPECT_FALSE(next.redelivered);
  successor.complete(*thread_, next);
}

TEST_F(Reap, ChargesAnAttemptForTheMessageThatRaisedTheSignalAndOnlyForIt) {
  const ActorId guilty = add_victims_actor(1);
  const ActorId beside = add_victims_actor(1);
  fault(guilty, hand_of(guilty).seq);
  (void)reap_dead();
  EXPECT_EQ(hand_of(guilty).attempts, 1);
  EXPECT_EQ(hand_of(guilty).kills, 0);
  EXPECT_EQ(hand_of(beside).attempts, 0);
  EXPECT_EQ(hand_of(beside).kills, 1);
}

TEST_F(Reap, DoesNotChargeAnotherMessageOfTheSameActor) {
  const ActorId x = add_victims_actor(1);
  fault(x, hand_of(x).seq - 1);
  (void)reap_dead();
  EXPECT_EQ(hand_of(x).attempts, 0);
  EXPECT_EQ(hand_of(x).kills, 1);
}

TEST_F(Reap, KeepsTheFaultForReaders) {
  const ActorId x = add_victims_actor(1);
  fault(x, hand_of(x).seq);
  (void)reap_dead();
  const std::uint32_t place = segment_.slot(x.index).fault.load_acquire();
  ASSERT_NE(place, 0u);
  const auto& row = segment_.row<FaultRow>(Table::Faults, place - 1);
  EXPECT_EQ(row.fault.signal.load_acquire(), 11u);
  EXPECT_EQ(row.fault.address.read(), 0x1234u);
  EXPECT_EQ(row.fault.actor.read(), x.word());
  EXPECT_EQ(victim_->record().fault.signal.load_acquire(), 0u) << "the record is clean for its next holder";
}

TEST_F(Reap, HandsBackActorsByWhatTheyWere) {
  const auto add_in = [&](LifeState state) {
    const ActorId id = add_actor();
    EXPECT_TRUE(change_life(segment_, id, LifeState::Reserved, state, kDead));
    return id;
  };
  const ActorId active = add_in(LifeState::Active);
  const ActorId suspended = add_in(LifeState::Suspended);
  const ActorId adopting = add_in(LifeState::Adopting);
  const ActorId crashed = add_in(LifeState::Crashed);
  const ActorId requested = add_in(LifeState::Requested);
  const ActorId starting = add_in(LifeState::Init);
  const ActorId others = add_actor();
  const Reaped reaped = reap_dead();
  EXPECT_EQ(reaped.adoptable, (std::vector<ActorId>{active, suspended, adopting, crashed}));
  EXPECT_EQ(reaped.requested, std::vector<ActorId>{requested});
  EXPECT_EQ(reaped.closing, (std::vector<Closing>{{starting, true}}));
  for (const ActorId id : reaped.adoptable) EXPECT_EQ(state_of(id), LifeState::Notified);
  EXPECT_EQ(state_of(requested), LifeState::Requested);
  EXPECT_EQ(life_of(segment_, starting).host, kProcess) << "closing in the repairer's name";
  EXPECT_EQ(state_of(others), LifeState::Reserved);
  finish_close(*thread_, starting);
  EXPECT_EQ(state_of(starting), LifeState::Free);
}

TEST_F(Reap, ClosesAnActorThatHadTakenItsEnd) {
  const ActorId ended = add_victims_actor();
  const ActorId undecided = add_victims_actor();
  note_end(*victim_, ended, {});
  const std::uint64_t next = LaneReader(segment_, undecided.index, Lane::Messages).done() + 1;
  note_end(*victim_, undecided, {.when = {.seq = next, .lane = Lane::Messages}});
  const Reaped reaped = reap_dead();
  EXPECT_EQ(reaped.closing, (std::vector<Closing>{{ended, false}}));
  EXPECT_EQ(reaped.adoptable, std::vector<ActorId>{undecided}) << "the message of its end was not completed";
  EXPECT_EQ(state_of(ended), LifeState::Closing);
  finish_close(*thread_, ended);
}

TEST_F(Reap, LeavesTheRestartOfThisDeathToBeDecided) {
  const ActorId id = add_victims_actor();
  write_restart_due(segment_, id, 77);
  (void)reap_dead();
  EXPECT_EQ(restart_due_ns_of(segment_, id), 0u);
}

TEST_F(Reap, GivesARestartBackThatTheDeadHadTakenOn) {
  const ActorId taken = add_actor();
  const ActorId others = add_actor();
  for (const ActorId id : {taken, others}) {
    ASSERT_TRUE(change_life(segment_, id, LifeState::Reserved, LifeState::Notified, ProcessIndex::None));
  }
  const LifeWord seen = life_of(segment_, taken);
  ASSERT_TRUE(take_restart(segment_, taken, seen, kDead));
  EXPECT_FALSE(take_restart(segment_, taken, seen, kProcess)) << "one of those who see it so";
  ASSERT_TRUE(take_restart(segment_, others, life_of(segment_, others), kOther));
  const Reaped reaped = reap_dead();
  EXPECT_EQ(reaped.requested, std::vector<ActorId>{taken});
  EXPECT_TRUE(reaped.adoptable.empty());
  EXPECT_TRUE(reaped.closing.empty());
  EXPECT_EQ(state_of(taken), LifeState::Notified);
  EXPECT_EQ(life_of(segment_, taken).host, ProcessIndex::None);
  EXPECT_EQ(life_of(segment_, others).host, kOther);
}

TEST_F(Reap, SaysWhatIsNotifiedBeforeItSweeps) {
  const ActorId x = add_victims_actor();
  const Handle held = make(*victim_, 1);
  bool is_held_then = false;
  const auto hear = [&](ActorId id) {
    EXPECT_EQ(id, x);
    is_held_then = own_of(held).state == BlockState::Held;
  };
  (void)reap_process(*thread_, kDead,
                     {.is_dead_now = [](ProcessIndex index) { return index == kDead; }, .adoptable = hear});
  EXPECT_TRUE(is_held_then);
  EXPECT_EQ(own_of(held).state, BlockState::Free);
}

TEST_F(Reap, ClosesTheMailboxOfADeadClient) {
  SlotSpec spec;
  spec.flags = SlotFlag::kClient;
  const ActorId client = reserve_actor(*victim_, spec).value();
  ASSERT_TRUE(change_life(segment_, client, LifeState::Reserved, LifeState::Active, kDead));
  ASSERT_EQ(send_value(client, 1), SendStatus::Accepted);
  const Reaped reaped = reap_dead();
  EXPECT_TRUE(reaped.adoptable.empty());
  EXPECT_TRUE(reaped.closing.empty());
  EXPECT_EQ(state_of(client), LifeState::Free);
  EXPECT_EQ(counted(*thread_, Counter::DeadGone), 1u);
  EXPECT_EQ(send_value(client, 2), SendStatus::Gone);
}

TEST_F(Reap, LeavesNobodyToWake) {
  const ActorId x = add_victims_actor();
  ASSERT_TRUE(ReadySet::back_map(segment_, kDead, 70).ok());
  set_wake(segment_, x.index, {kDead, victim_->index(), 70});
  victim_->record().ev.store_release(1);
  ASSERT_EQ(send_value(x, 1), SendStatus::Accepted);
  EXPECT_TRUE(ReadySet(segment_, kDead).any());
  (void)reap_dead();
  EXPECT_EQ(segment_.mailbox(x.index).wake.load_acquire(), 0u) << "until an adopter says whom";
  EXPECT_FALSE(ReadySet(segment_, kDead).any()) << "the next process of the entry has other mailboxes";
  EXPECT_EQ(victim_->record().ev.load_acquire() & 1u, 0u) << "nobody sleeps on the record";
  (void)take_all(x);
}

TEST_F(Reap, ClearsTheWaitOfTheDead) {
  const ActorId x = add_victims_actor();
  begin_wait(segment_, x, {add_actor()});
  (void)reap_dead();
  EXPECT_FALSE(room_wait_of(segment_, x).has_value());
}

TEST_F(Reap, LeavesBlocksOfOthersWhereTheyAre) {
  const ActorId x = add_actor();
  const Handle sent = make(*victim_, 1);
  ASSERT_EQ(send(*victim_, {x, Lane::Messages, Admission::Bounded}, sent), SendStatus::Accepted);
  const Handle held = make(*victim_, 2);
  const Handle mine = make(*thread_, 3);
  const Reaped reaped = reap_dead();
  EXPECT_EQ(reaped.counts.blocks_freed, 1u);
  EXPECT_EQ(own_of(held).state, BlockState::Free);
  EXPECT_EQ(own_of(sent).state, BlockState::QueuedMessages);
  EXPECT_EQ(own_of(mine).state, BlockState::Held);
  EXPECT_EQ(take_all(x), std::vector<std::uint64_t>{1});
  thread_->heap().free(mine);
}

TEST_F(Reap, FreesEveryReferenceThatTheDeadHeld) {
  const ActorId x = add_actor();
  const Handle payload = make(*victim_, 7);
  std::array<Handle, 3> envelopes{};
  ASSERT_TRUE(share(*victim_, payload, envelopes).ok());
  ASSERT_EQ(send(*victim_, {x, Lane::Messages, Admission::Bounded}, envelopes[0]), SendStatus::Accepted);
  (void)reap_dead();
  EXPECT_EQ(own_of(payload).state, BlockState::Shared) << "one receiver still reads it";
  (void)take_all(x);
  EXPECT_EQ(own_of(payload).state, BlockState::Free);
}

TEST_F(Reap, AnswersForADeadKeeperOnceItsRequestIsDone) {
  const ActorId x = add_victims_actor();
  const ActorId asker = add_actor();
  const std::uint64_t done = segment_.mailbox(x.index).lanes[2].done.load_acquire();
  ASSERT_TRUE(keep_reply(*victim_, {done, asker, 7, 0, x}).ok());
  const auto waiting = keep_reply(*victim_, {done + 1, asker, 8, 0, x});
  ASSERT_TRUE(waiting.ok());
  std::vector<std::uint64_t> answered;
  const auto answer = [&](Thread& own, const KeptReply& reply) {
    answered.push_back(reply.correlation);
    return make(own, reply.correlation);
  };
  const auto reaped = reap_process(
      *thread_, kDead, {.is_dead_now = [](ProcessIndex index) { return index == kDead; }, .answer = answer});
  ASSERT_TRUE(reaped.ok());
  EXPECT_EQ(reaped.value().counts.answered, 1u);
  EXPECT_EQ(answered, std::vector<std::uint64_t>{7}) << "the other request comes again, and finds its row";
  EXPECT_EQ(take_all(asker, Lane::Replies), std::vector<std::uint64_t>{7});
  EXPECT_EQ(read_kept(segment_, waiting.value()).correlation, 8u);
  forget_kept(segment_, waiting.value());
}

TEST_F(Reap, ForgetsAReplyWhoseAskerIsGone) {
  const ActorId x = add_victims_actor();
  const ActorId asker = add_actor();
  const std::uint64_t done = segment_.mailbox(x.index).lanes[2].done.load_acquire();
  const auto row = keep_reply(*victim_, {done, asker, 7, 0, x});
  ASSERT_TRUE(row.ok());
  end_actor(asker);
  EXPECT_EQ(reap_dead().counts.answered, 0u);
  EXPECT_EQ(read_kept(segment_, row.value()).keeper, ActorId{});
}

TEST_F(Reap, RepairsOneTurnOfAProcessThatLivesOn) {
  Thread& own = add_thread_of(kDead);
  const ActorId x = add_victims_actor(2);
  const ActorId neighbour = add_victims_actor(1);
  fault(x, hand_of(x).seq);
  EXPECT_EQ(reap_turn(own, *victim_, x, {}).adoptable, std::vector<ActorId>{x});
  EXPECT_EQ(state_of(x), LifeState::Notified);
  EXPECT_EQ(hand_of(x).attempts, 1u);
  EXPECT_EQ(hand_of(x).phase, Phase::Charged);
  EXPECT_EQ(victim_->record().fault.signal.load_relaxed(), 0u) << "the thread goes on";
  EXPECT_EQ(state_of(neighbour), LifeState::Active);
  EXPECT_EQ(hand_of(neighbour).phase, Phase::Running);
  EXPECT_EQ(entry_of(kDead).state, ProcessState::Alive);
  (void)reap_dead();
}

TEST_F(Reap, SaysHowManyMessagesADeadThreadMayHaveLeftUncounted) {
  (void)add_thread_of(kDead);
  victim_->record().counting.store_relaxed(70);
  (void)reap_dead();
  EXPECT_EQ(total_counters(segment_)[static_cast<std::size_t>(Counter::Uncounted)], 73u);
}

TEST_F(Reap, SendsALetterAboutWhatWasLostInHand) {
  const ActorId letters = add_actor();
  segment_.superblock().dead_letter_actor.store_relaxed(letters.word());
  SlotSpec spec;
  spec.mailbox.delivery = Delivery::AtMostOnce;
  const ActorId x = reserve_actor(*thread_, spec).value();
  ASSERT_TRUE(change_life(segment_, x, LifeState::Reserved, LifeState::Active, kDead));
  ASSERT_EQ(send_value(x, 7), SendStatus::Accepted);
  LaneReader reader(segment_, x.index, Lane::Messages);
  ASSERT_TRUE(reader.poll());
  reader.store_done(reader.begin(Phase::Running));
  const auto letter = [&](Thread& own, ActorId receiver, Handle lost) {
    EXPECT_EQ(receiver, x);
    EXPECT_EQ(value_of(lost), 7u);
    return make(own, 77);
  };
  const auto is_dead_now = [](ProcessIndex index) { return index == kDead; };
  const Reaped reaped = reap_process(*thread_, kDead, {.is_dead_now = is_dead_now, .make_dead_letter = letter}).value();
  EXPECT_EQ(reaped.counts.lost_in_hand, 1u);
  EXPECT_EQ(take_all(letters), std::vector<std::uint64_t>{77});
}

TEST_F(Reap, GivesALargeBlocksUnitsBack) {
  const std::uint64_t before = segment_.superblock().next_unit.load_acquire();
  ASSERT_TRUE(victim_->heap().allocate(1'000'000).ok());
  EXPECT_EQ(reap_dead().counts.blocks_freed, 1u);
  EXPECT_LE(segment_.superblock().next_unit.load_acquire(), before) << "the units may be taken again";
}

}  // namespace
}  // namespace buskin::test
