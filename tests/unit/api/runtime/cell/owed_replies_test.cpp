// owed_replies_test: an answer that is owed beyond its turn has a row until it is given.
#include "api/runtime/cell/owed_replies.hpp"

#include "buskin/system_messages.hpp"
#include "tests/support/segment_fixture.hpp"

namespace buskin::test {
namespace {

class RepliesOfAnActor : public SegmentFixture {
 protected:
  void SetUp() override {
    SegmentFixture::SetUp();
    keeper_ = add_actor();
    asker_ = add_actor();
  }

  void TearDown() override {
    owed_.forget_all(segment_);
    SegmentFixture::TearDown();
  }

  runtime::Owed to_asker(std::uint64_t correlation) const { return {asker_.word(), correlation}; }

  std::uint64_t rows_in_use() {
    std::uint64_t count = 0;
    for_each_reply(segment_, [&](ReplyIndex, std::uint64_t) { ++count; });
    return count;
  }

  ActorId keeper_;
  ActorId asker_;
  runtime::OwedReplies owed_;
};

TEST_F(RepliesOfAnActor, AreFoundByTheirRequest) {
  owed_.keep(*thread_, keeper_, 5, to_asker(70));
  owed_.keep(*thread_, keeper_, 6, to_asker(71));
  const auto row = owed_.take(to_asker(71));
  ASSERT_TRUE(row.has_value());
  EXPECT_EQ(read_kept(segment_, *row).message, 6u);
  EXPECT_EQ(read_kept(segment_, *row).keeper, keeper_);
  EXPECT_FALSE(owed_.take(to_asker(71)).has_value()) << "an answer is given once";
  EXPECT_FALSE(owed_.take(to_asker(72)).has_value());
  forget_kept(segment_, *row);
}

TEST_F(RepliesOfAnActor, FailTogetherWhenTheInstanceEnds) {
  owed_.keep(*thread_, keeper_, 5, to_asker(70));
  owed_.keep(*thread_, keeper_, 6, to_asker(71));
  owed_.fail_all(*thread_);
  EXPECT_TRUE(owed_.is_empty());
  EXPECT_EQ(rows_in_use(), 0u);
  LaneReader replies(segment_, asker_.index, Lane::Replies);
  for (const std::uint64_t correlation : {70u, 71u}) {
    ASSERT_TRUE(replies.poll());
    const Hand hand = replies.begin(Phase::Running);
    const PayloadView mail = view_payload(segment_, hand.handle);
    EXPECT_EQ(mail.extension->correlation, correlation);
    EXPECT_EQ(reinterpret_cast<const RequestFailed*>(mail.bytes.data())->code, Code::ActorRestarted);
    replies.complete(*thread_, hand);
  }
}

TEST_F(RepliesOfAnActor, AreForgottenWithTheirRows) {
  owed_.keep(*thread_, keeper_, 5, to_asker(70));
  owed_.forget_all(segment_);
  EXPECT_TRUE(owed_.is_empty());
  EXPECT_EQ(rows_in_use(), 0u);
  EXPECT_TRUE(take_all(asker_, Lane::Replies).empty());
}

TEST_F(RepliesOfAnActor, HaveNoRowWhenTheTableIsFull) {
  for (std::uint64_t i = 0; i < 2 * kSmallTables.replies; ++i) owed_.keep(*thread_, keeper_, i + 1, to_asker(i + 1));
  EXPECT_LE(rows_in_use(), kSmallTables.replies);
  EXPECT_FALSE(owed_.take(to_asker(2 * kSmallTables.replies)).has_value());
}

}  // namespace
}  // namespace buskin::test
