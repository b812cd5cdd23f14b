// byte_quota_test: what a limit on bytes promises, whichever way a message takes into the mailbox.
#include "shm/mailbox/byte_quota.hpp"

#include "shm/actor/timers.hpp"
#include "shm/actor/turn.hpp"
#include "tests/support/segment_fixture.hpp"

namespace buskin::test {
namespace {

class ByteQuotas : public SegmentFixture {
 protected:
  ActorId add_limited(std::uint64_t bytes_max) {
    SlotSpec spec;
    spec.mailbox.bytes_max = bytes_max;
    return reserve_actor(*thread_, spec).value();
  }
  /// A HELD block with `bytes` of payload.
  Handle make_bytes(std::uint32_t bytes) {
    std::span<std::byte> place;
    return open_block(*thread_, {}, bytes, place).value();
  }
  SendStatus send_bytes(ActorId to, std::uint32_t bytes, Admission admission = Admission::Bounded) {
    const Handle block = make_bytes(bytes);
    const SendStatus status = send(*thread_, {to, Lane::Messages, admission}, block);
    if (status != SendStatus::Accepted) thread_->heap().free(block);
    return status;
  }
  ByteQuota quota_of(ActorId id) { return ByteQuota(segment_, id); }
  void take_one(ActorId id) {
    LaneReader reader(segment_, id.index, Lane::Messages);
    ASSERT_TRUE(reader.poll());
    reader.complete(*thread_, reader.begin(Phase::Running));
  }
  /// Commits the one message of `source` with a staged one.
  void commit_one(ActorId source, const Staged& staged) {
    LaneReader reader(segment_, source.index, Lane::Messages);
    ASSERT_TRUE(reader.poll());
    const std::array<Staged, 1> all{staged};
    commit_turn(*thread_, reader, reader.begin(Phase::Running), all);
  }
};

TEST_F(ByteQuotas, AcceptUpToTheLimitExactlyAndNoByteMore) {
  const ActorId id = add_limited(1'000);
  EXPECT_EQ(send_bytes(id, 600), SendStatus::Accepted);
  EXPECT_EQ(send_bytes(id, 401), SendStatus::Full);
  EXPECT_EQ(send_bytes(id, 400), SendStatus::Accepted);
  EXPECT_EQ(send_bytes(id, 1), SendStatus::Full);
  EXPECT_EQ(send_bytes(id, 0), SendStatus::Accepted) << "a message without payload needs no bytes";
  EXPECT_EQ(quota_of(id).pending(), 1'000u);
  EXPECT_EQ(quota_of(id).taken(), 0u);
}

TEST_F(ByteQuotas, GiveBackWhatIsCompleted) {
  const ActorId id = add_limited(1'000);
  ASSERT_EQ(send_bytes(id, 600), SendStatus::Accepted);
  ASSERT_EQ(send_bytes(id, 400), SendStatus::Accepted);
  take_one(id);
  EXPECT_EQ(quota_of(id).pending(), 400u);
  EXPECT_EQ(send_bytes(id, 600), SendStatus::Accepted);
}

TEST_F(ByteQuotas, CountExemptMessagesAndNeverRefuseThem) {
  const ActorId id = add_limited(1'000);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(send_bytes(id, 500, Admission::Exempt), SendStatus::Accepted);
  EXPECT_EQ(quota_of(id).pending(), 1'500u);
  EXPECT_EQ(send_bytes(id, 1), SendStatus::Full);
  for (int i = 0; i < 2; ++i) take_one(id);
  EXPECT_EQ(send_bytes(id, 500), SendStatus::Accepted);
}

TEST_F(ByteQuotas, GiveBackWhatAFullLaneRefused) {
  SlotSpec spec;
  spec.mailbox = {.capacity = 1, .bytes_max = 1'000};
  const ActorId id = reserve_actor(*thread_, spec).value();
  ASSERT_EQ(send_bytes(id, 10), SendStatus::Accepted);
  EXPECT_EQ(send_bytes(id, 10), SendStatus::Full);
  EXPECT_EQ(quota_of(id).taken(), 0u);
}

TEST_F(ByteQuotas, AreTakenWhenAMessageIsStagedAndMoveWithItsPush) {
  const ActorId id = add_limited(1'000);
  const ActorId source = add_actor();
  ASSERT_EQ(send_value(source, 1), SendStatus::Accepted);
  Staged staged{EntryKind::Send, Lane::Messages, make_bytes(600), id};
  ASSERT_TRUE(take_room(segment_, staged));
  EXPECT_EQ(quota_of(id).taken(), 600u);
  EXPECT_EQ(send_bytes(id, 401), SendStatus::Full) << "the staged message has its place";
  commit_one(source, staged);
  EXPECT_EQ(quota_of(id).taken(), 0u);
  EXPECT_EQ(quota_of(id).pending(), 600u);
}

TEST_F(ByteQuotas, RefuseWhatIsStagedBeyondTheLimit) {
  const ActorId id = add_limited(1'000);
  std::vector<Staged> staged;
  for (int i = 0; i < 50; ++i) {
    Staged one{EntryKind::Send, Lane::Messages, make_bytes(400), id};
    if (take_room(segment_, one)) {
      staged.push_back(one);
    } else {
      thread_->heap().free(one.block);
    }
  }
  EXPECT_EQ(staged.size(), 2u);
  for (const Staged& one : staged) drop_staged(*thread_, one);
  EXPECT_EQ(quota_of(id).taken(), 0u) << "a turn that is undone gives back what it took";
}

TEST_F(ByteQuotas, CountAForwardedMessage) {
  const ActorId id = add_limited(1'000);
  const ActorId source = add_actor();
  ASSERT_EQ(send_bytes(source, 700), SendStatus::Accepted);
  LaneReader reader(segment_, source.index, Lane::Messages);
  ASSERT_TRUE(reader.poll());
  const Hand hand = reader.begin(Phase::Running);
  Staged staged{EntryKind::Send, Lane::Messages, hand.handle, id};
  ASSERT_TRUE(take_room(segment_, staged));
  const std::array<Staged, 1> all{staged};
  commit_turn(*thread_, reader, hand, all);
  EXPECT_EQ(quota_of(id).pending(), 700u);
  EXPECT_EQ(quota_of(id).taken(), 0u);
}

TEST_F(ByteQuotas, CountATimerThatFires) {
  const ActorId id = add_limited(1'000);
  ASSERT_EQ(send_bytes(id, 900), SendStatus::Accepted);
  const ActorId source = add_actor();
  ASSERT_EQ(send_value(source, 1), SendStatus::Accepted);
  std::span<std::byte> place;
  const Handle timer = open_timer(*thread_, {.id = 1, .due_ns = 1}, TypeIndex::None, id, 300, place).value();
  commit_one(source, timer_set(id, timer));
  EXPECT_EQ(quota_of(id).pending(), 900u);
  fire_timer(*thread_, id, timer, Handle::None);
  EXPECT_EQ(quota_of(id).pending(), 1'200u) << "a timer is counted, and not refused";
}

TEST_F(ByteQuotas, CountTheNoticeOfAChild) {
  const ActorId parent = add_limited(1'000);
  SlotSpec spec;
  spec.parent = parent;
  const ActorId child = reserve_actor(*thread_, spec).value();
  const std::array<std::byte, 96> notice{};
  ASSERT_TRUE(begin_close(*thread_, child));
  drain(*thread_, child, [](Thread&, Lane, Handle) { return LeftMail::Drop; });
  push_exit_notice(*thread_, child, parent, TypeIndex::None, notice);
  release_slot(*thread_, child);
  EXPECT_EQ(quota_of(parent).pending(), 96u);
}

TEST_F(ByteQuotas, BeginAnewWithTheNextActorOfTheSlot) {
  const ActorId id = add_limited(1'000);
  ASSERT_EQ(send_bytes(id, 1'000), SendStatus::Accepted);
  Staged staged{EntryKind::Send, Lane::Messages, make_bytes(10), id};
  EXPECT_FALSE(take_room(segment_, staged));
  thread_->heap().free(staged.block);
  end_actor(id);
  for (int i = 0; i < 64; ++i) {
    const ActorId next = add_limited(1'000);
    EXPECT_EQ(quota_of(next).pending(), 0u);
    EXPECT_EQ(send_bytes(next, 1'000), SendStatus::Accepted);
  }
}

TEST_F(ByteQuotas, OfTheNextActorOfASlotAreNotTakenOrGivenBackForTheLastOne) {
  const ActorId id = add_limited(1'000);
  Staged staged{EntryKind::Send, Lane::Messages, make_bytes(10), id};
  ASSERT_TRUE(take_room(segment_, staged));
  const ByteQuota last = quota_of(id);
  end_actor(id);
  EXPECT_EQ(last.take(10), ByteQuota::Room::Gone) << "while the slot is free";
  ActorId next{};
  // Ends: the slots are used in turn.
  while (next.index != id.index) next = add_limited(1'000);
  ASSERT_EQ(quota_of(next).take(300), ByteQuota::Room::Taken);

  EXPECT_EQ(last.take(10), ByteQuota::Room::Gone);
  drop_staged(*thread_, staged);

  EXPECT_EQ(quota_of(next).taken(), 300u);
}

TEST_F(ByteQuotas, KeepTheCountWhereThePositionsBeginAgain) {
  const ActorId id = add_limited(1'000);
  Mailbox& mailbox = segment_.mailbox(id.index);
  const std::uint64_t done = kSeqMask - 1;
  mailbox.lanes[2].done.store_release(done);
  mailbox.in[2].store_release(HeadWord{static_cast<std::uint32_t>(done), false, Handle::None}.pack());
  open_byte_quota(mailbox, static_cast<std::uint32_t>(done));
  for (int i = 0; i < 5; ++i) {
    ASSERT_EQ(send_bytes(id, 1'000), SendStatus::Accepted);
    ASSERT_EQ(send_bytes(id, 1), SendStatus::Full);
    take_one(id);
  }
}

}  // namespace
}  // namespace buskin::test
