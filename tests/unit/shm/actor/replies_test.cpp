// replies_test: an answer that outlives its turn is owed once, and given once.
#include "shm/actor/replies.hpp"

#include "shm/recovery/member.hpp"
#include "tests/support/segment_fixture.hpp"

namespace buskin::test {
namespace {

class Replies : public SegmentFixture {
 protected:
  std::uint64_t rows_in_use() {
    std::uint64_t count = 0;
    for_each_reply(segment_, [&](ReplyIndex, std::uint64_t) { ++count; });
    return count;
  }
};

TEST_F(Replies, GiveTheSameRequestTheSameRow) {
  const ActorId keeper = add_actor();
  const ActorId asker = add_actor();
  const auto first = keep_reply(*thread_, {5, asker, 70, 0, keeper});
  const auto again = keep_reply(*thread_, {5, asker, 70, 0, keeper});
  const auto other = keep_reply(*thread_, {6, asker, 71, 0, keeper});
  ASSERT_TRUE(first.ok() && again.ok() && other.ok());
  EXPECT_EQ(first.value(), again.value());
  EXPECT_NE(first.value(), other.value());
  EXPECT_EQ(read_kept(segment_, other.value()).correlation, 71u);
  EXPECT_EQ(rows_in_use(), 2u);
}

TEST_F(Replies, AreGivenInTheReplyLaneAndEndTheirRow) {
  const ActorId keeper = add_actor();
  const ActorId asker = add_actor();
  const auto row = keep_reply(*thread_, {5, asker, 70, 0, keeper});
  ASSERT_TRUE(row.ok());
  answer_kept(*thread_, row.value(), make(*thread_, 42));
  EXPECT_EQ(take_all(asker, Lane::Replies), std::vector<std::uint64_t>{42});
  EXPECT_EQ(rows_in_use(), 0u);
  EXPECT_EQ(thread_->record().journal.armed.load_relaxed(), 0u);
}

TEST_F(Replies, AreFreedWhenTheAskerIsGone) {
  const ActorId keeper = add_actor();
  const ActorId asker = add_actor();
  const auto row = keep_reply(*thread_, {5, asker, 70, 0, keeper});
  end_actor(asker);
  answer_kept(*thread_, row.value(), make(*thread_, 42));
  EXPECT_EQ(rows_in_use(), 0u);
}

TEST_F(Replies, AreNotGivenTwice) {
  const ActorId keeper = add_actor();
  const ActorId asker = add_actor();
  const auto row = keep_reply(*thread_, {5, asker, 70, 0, keeper});
  answer_kept(*thread_, row.value(), make(*thread_, 1));
  answer_kept(*thread_, row.value(), make(*thread_, 2));
  EXPECT_EQ(take_all(asker, Lane::Replies), std::vector<std::uint64_t>{1});
}

TEST(RepliesOfALargeTable, TouchOnePieceUntilItIsFull) {
  constexpr std::uint64_t kRowsOfAPiece = kPieceBytes / sizeof(ReplyRow);
  SegmentOptions options = small_segment(kSmallTables);
  options.counts.replies = 16 * kRowsOfAPiece;
  Segment segment = Segment::create_private(options).value();
  const auto member = Member::join(segment, {}).value();
  Thread& thread = *member->lease_thread().value();
  const ActorId keeper{ActorIndex{3}, 1};
  const auto backed = [&] {
    std::uint64_t pieces = 0;
    for (std::uint64_t piece = 0; piece < 16; ++piece) {
      pieces += segment.is_backed(Table::Replies, piece * kRowsOfAPiece);
    }
    return pieces;
  };
  for (std::uint64_t i = 0; i < 5'000; ++i) {
    const auto row = keep_reply(thread, {i, {}, i, 0, keeper});
    ASSERT_TRUE(row.ok());
    forget_kept(segment, row.value());
  }
  EXPECT_EQ(backed(), 1u);
  std::vector<ReplyIndex> rows;
  for (std::uint64_t i = 0; i < 2 * kRowsOfAPiece; ++i) {
    const auto row = keep_reply(thread, {i, {}, i, 0, keeper});
    ASSERT_TRUE(row.ok());
    rows.push_back(row.value());
  }
  EXPECT_GT(backed(), 1u);
  for (std::uint64_t i = 0; i < rows.size(); ++i) {
    EXPECT_EQ(keep_reply(thread, {i, {}, i, 0, keeper}).value(), rows[i]) << "the same request has the same row";
    forget_kept(segment, rows[i]);
  }
  member->return_thread(&thread);
}

TEST_F(Replies, HaveABound) {
  const ActorId keeper = add_actor();
  const ActorId asker = add_actor();
  std::uint64_t kept = 0;
  while (keep_reply(*thread_, {kept, asker, kept, 0, keeper}).ok()) ++kept;
  EXPECT_EQ(kept, kSmallTables.replies);
  EXPECT_EQ(keep_reply(*thread_, {kept, asker, kept, 0, keeper}).error(), MemoryError::TableFull);
  forget_kept(segment_, ReplyIndex{3});
  EXPECT_TRUE(keep_reply(*thread_, {kept, asker, kept, 0, keeper}).ok());
}

}  // namespace
}  // namespace buskin::test
