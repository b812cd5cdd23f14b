// waiting_sends_test: a send that waits for room leaves, fails, or is called off.
#include "api/runtime/cell/waiting_sends.hpp"

#include <optional>
#include <vector>

#include "shm/base/clock.hpp"
#include "shm/mailbox/room_waiter.hpp"
#include "tests/support/segment_fixture.hpp"

namespace buskin::test {
namespace {

constexpr std::uint64_t kDeadline_ns = 1'000;
constexpr std::uint32_t kBytes = 8;  // Payload of each message of the fixture.

class SendsThatWait : public SegmentFixture {
 protected:
  void SetUp() override {
    SegmentFixture::SetUp();
    waiter_ = add_actor(1);
    full_ = add_actor(1);
    EXPECT_EQ(send_value(full_, 0), SendStatus::Accepted);
  }

  void TearDown() override {
    for (const Staged& entry : entries_) drop_staged(*thread_, entry);
    SegmentFixture::TearDown();
  }

  void wait_for(ActorId target, std::uint64_t deadline_ns = kDeadline_ns) {
    sends_.add({.entry = entries_.size(), .correlation = 0, .deadline_ns = deadline_ns});
    entries_.push_back({EntryKind::Send, Lane::Messages, make(*thread_, 1), target});
  }
  void open() { sends_.open(segment_, waiter_, entries_); }

  /// True: none waits any longer.
  bool settle(std::uint64_t now_ns = 0, bool is_called_off = false) {
    failed_.clear();
    return sends_.settle({segment_, waiter_, is_called_off, now_ns}, entries_,
                         [this](const runtime::WaitingSends::Send&, Code code) { failed_.push_back(code); });
  }

  using Codes = std::vector<Code>;
  runtime::WaitingSends sends_;
  std::vector<Staged> entries_;
  Codes failed_;
  ActorId waiter_;
  ActorId full_;
};

TEST_F(SendsThatWait, LeaveWhenThereIsRoom) {
  wait_for(full_);
  open();
  EXPECT_FALSE(settle());
  (void)take_all(full_);
  EXPECT_TRUE(settle());
  EXPECT_EQ(failed_, Codes{});
}

TEST_F(SendsThatWait, TakeTheirBytesWhenThereIsRoomForThem) {
  SlotSpec spec;
  spec.mailbox.bytes_max = kBytes;
  const ActorId limited = reserve_actor(*thread_, spec).value();
  ASSERT_EQ(send_value(limited, 0), SendStatus::Accepted);
  wait_for(limited);
  open();
  EXPECT_FALSE(settle());
  EXPECT_EQ(entries_[0].bytes_taken, 0u);
  (void)take_all(limited);
  EXPECT_TRUE(settle());
  EXPECT_EQ(entries_[0].bytes_taken, kBytes);
  EXPECT_EQ(send_value(limited, 2), SendStatus::Full) << "the message that waited has the bytes";
}

TEST_F(SendsThatWait, FailAtTheirDeadline) {
  wait_for(full_);
  open();
  EXPECT_FALSE(settle(kDeadline_ns - 1));
  EXPECT_TRUE(settle(kDeadline_ns));
  EXPECT_EQ(failed_, Codes{Code::MailboxFull});
}

TEST_F(SendsThatWait, FailWhenTheirReceiverIsGone) {
  wait_for(full_);
  open();
  (void)take_all(full_);
  end_actor(full_);
  EXPECT_TRUE(settle());
  EXPECT_EQ(failed_, Codes{Code::NoSuchActor});
}

TEST_F(SendsThatWait, AreCalledOff) {
  wait_for(full_);
  wait_for(full_);
  open();
  EXPECT_TRUE(settle(0, true));
  EXPECT_EQ(failed_, (Codes{Code::MailboxFull, Code::MailboxFull}));
}

TEST_F(SendsThatWait, GetWhatTheirOwnDeadlineSays) {
  wait_for(full_);
  sends_.add({.entry = 0, .correlation = 0, .deadline_ns = kDeadline_ns, .late = Code::Expired});
  open();
  EXPECT_TRUE(settle(kDeadline_ns));
  EXPECT_EQ(failed_, (Codes{Code::MailboxFull, Code::Expired}));
}

TEST_F(SendsThatWait, FailInACircle) {
  EXPECT_EQ(send_value(waiter_, 0), SendStatus::Accepted);
  begin_wait(segment_, full_, {waiter_});
  wait_for(full_);
  open();
  EXPECT_TRUE(settle());
  EXPECT_EQ(failed_, Codes{Code::WouldDeadlock});
  (void)take_all(waiter_);
}

TEST_F(SendsThatWait, FailInACircleBehindOneThatGotRoom) {
  const ActorId other = add_actor(1);
  EXPECT_EQ(send_value(other, 0), SendStatus::Accepted);
  EXPECT_EQ(send_value(waiter_, 0), SendStatus::Accepted);
  begin_wait(segment_, full_, {waiter_});
  wait_for(other);
  wait_for(full_);
  open();
  EXPECT_FALSE(settle()) << "the first one waits for an actor that waits for nobody";
  (void)take_all(other);
  EXPECT_TRUE(settle());
  EXPECT_EQ(failed_, Codes{Code::WouldDeadlock});
  (void)take_all(waiter_);
}

TEST_F(SendsThatWait, HaveAnEdgeAsLongAsOneWaits) {
  wait_for(full_);
  open();
  ASSERT_TRUE(room_wait_of(segment_, waiter_).has_value());
  EXPECT_EQ(room_wait_of(segment_, waiter_)->target, full_);
  (void)settle(kDeadline_ns);
  EXPECT_FALSE(room_wait_of(segment_, waiter_).has_value());
}

TEST_F(SendsThatWait, LookAgainLessOftenWhileNothingChanges) {
  wait_for(full_);
  open();
  const std::uint64_t first = sends_.retry_ns();
  (void)settle();
  EXPECT_EQ(sends_.retry_ns(), 2 * first);
  for (int i = 0; i < 20; ++i) (void)settle();
  EXPECT_LE(sends_.retry_ns(), 1'000'000u);
}

TEST_F(SendsThatWait, ExpireOneAtATimeWhereNoTimePasses) {
  wait_for(full_, kNever_ns);
  wait_for(full_);
  open();
  EXPECT_TRUE(sends_.expire_first());
  EXPECT_FALSE(settle());
  EXPECT_EQ(failed_, Codes{Code::MailboxFull});
}

TEST_F(SendsThatWait, DoNotExpireWhenTheyHaveNoDeadline) {
  wait_for(full_, kNever_ns);
  open();
  EXPECT_FALSE(sends_.expire_first());
  EXPECT_FALSE(settle(kDeadline_ns));
  EXPECT_FALSE(sends_.has_room(segment_, entries_));
  (void)take_all(full_);
  EXPECT_TRUE(sends_.has_room(segment_, entries_));
}

TEST_F(SendsThatWait, HaveRoomWhenTheyAreExempt) {
  Staged message{EntryKind::Send, Lane::Messages, Handle::None, full_};
  Staged reply{EntryKind::Send, Lane::Replies, Handle::None, full_};
  EXPECT_FALSE(runtime::take_room_if_bounded(segment_, message));
  EXPECT_TRUE(runtime::take_room_if_bounded(segment_, message, Admission::Exempt));
  EXPECT_TRUE(runtime::take_room_if_bounded(segment_, reply));
}

}  // namespace
}  // namespace buskin::test
