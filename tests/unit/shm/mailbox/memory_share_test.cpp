// memory_share_test: large messages of one mailbox take a part of the memory, and not more.
#include "shm/mailbox/memory_share.hpp"

#include "tests/support/segment_fixture.hpp"

namespace buskin::test {
namespace {

class ShareOfMemory : public SegmentFixture {
 protected:
  void SetUp() override {
    SegmentFixture::SetUp();
    target_ = add_sharing(1);
    share_ = share_of(segment_, mailbox());
    ASSERT_GT(share_, std::uint64_t{2} * kLargeBytes);
  }
  ActorId add_sharing(std::uint16_t percent) {
    SlotSpec spec;
    spec.mailbox.share_percent = percent;
    const auto made = reserve_actor(*thread_, spec);
    BUSKIN_CHECK(made.ok());
    return made.value();
  }
  Mailbox& mailbox() { return segment_.mailbox(target_.index); }
  std::uint64_t lying() { return ByteWord::unpack(mailbox().bytes.load_acquire()).bytes; }
  std::uint64_t taken() { return ByteWord::unpack(mailbox().bytes_taken.load_acquire()).bytes; }

  SendStatus send_bytes(std::uint64_t bytes, Admission admission = Admission::Bounded) {
    const auto block = make_block(*thread_, {}, std::vector<std::byte>(bytes));
    BUSKIN_CHECK(block.ok());
    const SendStatus status = send(*thread_, {target_, Lane::Messages, admission}, block.value());
    if (status != SendStatus::Accepted) drop(*thread_, block.value());
    return status;
  }
  /// How many of these bytes find room.
  std::uint64_t send_until_full(std::uint64_t bytes) {
    std::uint64_t count = 0;
    while (count < 10'000 && send_bytes(bytes) == SendStatus::Accepted) ++count;
    return count;
  }
  void take_one() {
    LaneReader reader(segment_, target_.index, Lane::Messages);
    ASSERT_TRUE(reader.poll());
    reader.complete(*thread_, reader.begin(Phase::Running));
  }
  void TearDown() override {
    LaneReader reader(segment_, target_.index, Lane::Messages);
    while (reader.poll()) reader.complete(*thread_, reader.begin(Phase::Running));
    EXPECT_EQ(lying(), 0u);
    EXPECT_EQ(taken(), 0u);
    SegmentFixture::TearDown();
  }

  ActorId target_;
  std::uint64_t share_ = 0;
};

TEST_F(ShareOfMemory, BoundsLargeMessagesOnly) {
  EXPECT_EQ(send_until_full(kLargeBytes), share_ / kLargeBytes);
  EXPECT_EQ(send_bytes(kLargeBytes - 1), SendStatus::Accepted);
  EXPECT_EQ(send_bytes(kLargeBytes, Admission::Exempt), SendStatus::Accepted);
  EXPECT_EQ(lying(), share_ / kLargeBytes * kLargeBytes);
  EXPECT_TRUE(lacks_share(segment_, target_, kLargeBytes));
  EXPECT_FALSE(lacks_share(segment_, target_, kLargeBytes - 1));
}

TEST_F(ShareOfMemory, HasRoomAgainForEachMessageThatIsDone) {
  (void)send_until_full(kLargeBytes);
  take_one();
  EXPECT_FALSE(lacks_share(segment_, target_, kLargeBytes));
  EXPECT_EQ(send_until_full(kLargeBytes), 1u);
}

TEST_F(ShareOfMemory, AdmitsOneMessageThatIsLargerThanItself) {
  EXPECT_EQ(send_until_full(share_ + kLargeBytes), 1u);
  take_one();
  EXPECT_EQ(send_until_full(share_ + kLargeBytes), 1u);
}

TEST_F(ShareOfMemory, IsGivenBackByWhatDoesNotLeave) {
  Staged staged{EntryKind::Send, Lane::Messages, make_block(*thread_, {}, std::vector<std::byte>(share_)).value(),
                target_};
  EXPECT_TRUE(take_room(segment_, staged));
  EXPECT_EQ(taken(), share_);
  EXPECT_EQ(send_bytes(kLargeBytes), SendStatus::Full);
  drop_staged(*thread_, staged);
  EXPECT_EQ(send_bytes(kLargeBytes), SendStatus::Accepted);
}

TEST_F(ShareOfMemory, SubtractsAMessageOnceThatIsCompletedAgain) {
  ASSERT_EQ(send_bytes(kLargeBytes), SendStatus::Accepted);
  ASSERT_EQ(send_bytes(kLargeBytes), SendStatus::Accepted);
  const std::uint64_t position = mailbox().lanes[2].done.load_acquire() + 1;
  MemoryShare(segment_, target_).complete(position, kLargeBytes, false);  // And its consumer dies.
  {
    LaneReader reader(segment_, target_.index, Lane::Messages);
    ASSERT_TRUE(reader.poll());
    (void)reader.begin(Phase::Running);
  }
  take_one();
  EXPECT_EQ(lying(), kLargeBytes);
}

TEST_F(ShareOfMemory, ForgetsWhatWasTakenBeforeADeath) {
  ASSERT_EQ(MemoryShare(segment_, target_).take(static_cast<std::uint32_t>(share_)), MemoryShare::Room::Taken);
  ByteQuota(segment_, target_).forget_taken();
  EXPECT_EQ(send_bytes(kLargeBytes), SendStatus::Accepted);
}

TEST_F(ShareOfMemory, CountsFromZeroWhenItsLaneIsEmpty) {
  ASSERT_EQ(send_bytes(kLargeBytes), SendStatus::Accepted);
  MemoryShare(segment_, target_).count(kLargeBytes);  // As if it had been counted twice.
  EXPECT_EQ(lying(), 2 * kLargeBytes);
  take_one();
  EXPECT_EQ(lying(), 0u);
}

TEST_F(ShareOfMemory, IsNothingBesideALimitOfTheMailbox) {
  SlotSpec spec;
  spec.mailbox.bytes_max = 1'000;
  const ActorId limited = reserve_actor(*thread_, spec).value();
  EXPECT_EQ(share_of(segment_, segment_.mailbox(limited.index)), 0u);
}

}  // namespace
}  // namespace buskin::test
