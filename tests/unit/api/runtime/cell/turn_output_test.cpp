// turn_output_test: what a turn makes happens when it commits, or not at all.
#include "api/runtime/cell/turn_output.hpp"

#include "tests/support/segment_fixture.hpp"

namespace buskin::test {
namespace {

class OutputOfATurn : public SegmentFixture {
 protected:
  void SetUp() override {
    SegmentFixture::SetUp();
    actor_ = add_active_actor();
    target_ = add_actor();
    reader_.emplace(segment_, actor_.index, Lane::Messages);
  }

  Staged to_target(std::uint64_t value) { return {EntryKind::Send, Lane::Messages, make(*thread_, value), target_}; }

  /// The next message of the actor.
  Hand begin() {
    EXPECT_EQ(send_value(actor_, 1), SendStatus::Accepted);
    EXPECT_TRUE(reader_->poll());
    return reader_->begin(Phase::Running);
  }

  using Values = std::vector<std::uint64_t>;
  ActorId actor_;
  ActorId target_;
  std::optional<LaneReader> reader_;
  runtime::TurnOutput output_;
};

TEST_F(OutputOfATurn, LeavesInOrderWhenTheTurnCommits) {
  const Hand hand = begin();
  output_.stage(to_target(7));
  output_.stage(to_target(8));
  EXPECT_TRUE(output_.needs_commit());
  output_.commit(*thread_, *reader_, hand);
  EXPECT_TRUE(output_.is_empty());
  EXPECT_EQ(take_all(target_), (Values{7, 8}));
  EXPECT_EQ(reader_->done(), hand.seq) << "the message is complete";
  EXPECT_EQ(counted(*thread_, Counter::Staged), 2u);
}

TEST_F(OutputOfATurn, IsGoneWhenTheTurnIsDropped) {
  output_.stage(to_target(7));
  output_.save(*thread_, make(*thread_, 9));
  output_.add_child(target_);
  EXPECT_EQ(output_.drop(*thread_), std::vector<ActorId>{target_}) << "the caller abandons the children";
  EXPECT_TRUE(output_.is_empty());
  EXPECT_TRUE(take_all(target_).empty());
  EXPECT_EQ(blocks_in_use(segment_), 2u) << "the exit notices of the two actors";
}

TEST_F(OutputOfATurn, DoesNotFreeAMessageThatIsPassedOn) {
  const Hand hand = begin();
  output_.stage({EntryKind::Send, Lane::Messages, hand.handle, target_});
  (void)output_.drop(*thread_);
  EXPECT_EQ(value_of(hand.handle), 1u);
  reader_->complete(*thread_, hand);
}

TEST_F(OutputOfATurn, SavesTheLatestState) {
  const Hand hand = begin();
  output_.save(*thread_, make(*thread_, 7));
  const Handle latest = make(*thread_, 8);
  output_.save(*thread_, latest);
  output_.commit(*thread_, *reader_, hand);
  EXPECT_EQ(SavedWord::unpack(segment_.slot(actor_.index).saved.load_acquire()).handle, latest);
}

TEST_F(OutputOfATurn, EndsTheRowsOfItsAnswersAfterTheCommit) {
  const Hand hand = begin();
  const auto row = keep_reply(*thread_, {5, target_, 70, 0, actor_});
  ASSERT_TRUE(row.ok());
  output_.end_row(row.value());
  output_.stage(to_target(7));
  output_.commit(*thread_, *reader_, hand);
  EXPECT_EQ(read_kept(segment_, row.value()).correlation, 70u) << "a death before this is answered by the repairer";
  output_.end_rows(segment_);
  EXPECT_EQ(read_kept(segment_, row.value()).correlation, 0u);
  EXPECT_FALSE(output_.has_rows());
}

TEST_F(OutputOfATurn, JoinsThatOfATurnBeforeIt) {
  const Hand hand = begin();
  runtime::TurnOutput group;
  group.stage(to_target(7));
  group.save(*thread_, make(*thread_, 1));
  output_.stage(to_target(8));
  output_.save(*thread_, make(*thread_, 2));
  output_.add_child(target_);
  group.append(*thread_, output_);
  EXPECT_TRUE(output_.is_empty());
  EXPECT_EQ(group.take_children(), std::vector<ActorId>{target_});
  group.commit(*thread_, *reader_, hand);
  EXPECT_EQ(take_all(target_), (Values{7, 8}));
}

TEST_F(OutputOfATurn, LosesWhatIsWithdrawnAndKeepsTheOrderOfTheRest) {
  const Hand hand = begin();
  for (const std::uint64_t value : {7u, 8u, 9u}) output_.stage(to_target(value));
  output_.withdraw(*thread_, 1);
  output_.forget_withdrawn();
  output_.commit(*thread_, *reader_, hand);
  EXPECT_EQ(take_all(target_), (Values{7, 9}));
}

TEST_F(OutputOfATurn, IsTakenForAHookThatNoJournalCommits) {
  output_.stage(to_target(7));
  const std::vector<Staged> entries = output_.take_entries();
  ASSERT_EQ(entries.size(), 1u);
  EXPECT_FALSE(output_.needs_commit());
  drop(*thread_, entries[0].block);
}

}  // namespace
}  // namespace buskin::test
