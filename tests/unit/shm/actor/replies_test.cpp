// replies_test: an answer that outlives its turn is owed once, and given once.
#include "shm/actor/replies.hpp"

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
