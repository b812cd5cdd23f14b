// returned_test: a message that becomes the notice about itself keeps what its way back needs.
#include "shm/memory/returned.hpp"

#include "shm/actor/turn.hpp"
#include "tests/support/segment_fixture.hpp"

namespace buskin::test {
namespace {

class ReturnedMessage : public SegmentFixture {
 protected:
  Handle make_message(std::uint64_t correlation, std::size_t bytes) {
    return make_block(*thread_, {.type = static_cast<TypeIndex>(7), .sender = sender_, .correlation = correlation},
                      std::vector<std::byte>(bytes, std::byte{0xff}))
        .value();
  }
  void SetUp() override {
    SegmentFixture::SetUp();
    sender_ = add_actor();
    receiver_ = add_actor();
  }

  ActorId sender_;
  ActorId receiver_;
};

TEST_F(ReturnedMessage, SaysWhatTheNoticeHasToSay) {
  const Handle message = make_message(0, 1);
  mark_returned(segment_, message, {Returned::Kind::Poison, 9, 3, receiver_, 77});
  const PayloadView view = view_payload(segment_, message);
  EXPECT_TRUE(is_returned(view));
  EXPECT_EQ(view.type, static_cast<TypeIndex>(7));
  EXPECT_EQ(view.sender, sender_);
  const Returned notice = read_returned(segment_, message);
  EXPECT_EQ(notice.kind, Returned::Kind::Poison);
  EXPECT_EQ(notice.code, 9);
  EXPECT_EQ(notice.attempts, 3);
  EXPECT_EQ(notice.receiver, receiver_);
  EXPECT_EQ(notice.message_id, 77u);
  const Staged back = to_sender(segment_, message);
  EXPECT_EQ(back.target, sender_);
  EXPECT_EQ(back.lane, Lane::Messages);
  drop(*thread_, message);
}

TEST_F(ReturnedMessage, GoesBackAsTheAnswerToOneThatAsked) {
  for (const std::size_t bytes : {0u, 1u, 1'000u}) {
    const Handle message = make_message(70, bytes);
    mark_returned(segment_, message, {Returned::Kind::RequestFailed, 6, 0, receiver_, 77});
    mark_returned(segment_, message, {Returned::Kind::RequestFailed, 6, 0, receiver_, 77});
    EXPECT_EQ(view_payload(segment_, message).extension->correlation, 70u);
    EXPECT_EQ(to_sender(segment_, message).lane, Lane::Replies);
    EXPECT_EQ(read_returned(segment_, message).receiver, receiver_);
    EXPECT_EQ(payload_bytes(segment_, message), bytes) << "what is counted stays";
    drop(*thread_, message);
  }
}

TEST_F(ReturnedMessage, LeavesByTheTurnThatCompletesIt) {
  const Handle message = make_message(0, 100);
  ASSERT_EQ(send(*thread_, {receiver_}, message), SendStatus::Accepted);
  LaneReader reader(segment_, receiver_.index, Lane::Messages);
  ASSERT_TRUE(reader.poll());
  const Hand hand = reader.begin(Phase::Skip);
  mark_returned(segment_, hand.handle, {Returned::Kind::Undeliverable, 3, 0, receiver_, 1});
  commit_turn(*thread_, reader, hand, std::array{to_sender(segment_, hand.handle)});
  LaneReader back(segment_, sender_.index, Lane::Messages);
  ASSERT_TRUE(back.poll());
  const Hand notice = back.begin(Phase::Running);
  EXPECT_EQ(notice.handle, message) << "its own block";
  EXPECT_TRUE(is_returned(view_payload(segment_, notice.handle)));
  back.complete(*thread_, notice);
}

}  // namespace
}  // namespace buskin::test
