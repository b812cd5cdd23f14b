// actor_end_test: when an end is taken, what its reason is, and when a note means nothing.
#include "shm/actor/actor_end.hpp"

#include <cstring>

#include "tests/support/segment_fixture.hpp"

namespace buskin::test {
namespace {

constexpr std::uint64_t kFirst = 11;
constexpr std::uint64_t kSecond = 22;

class ActorEnd : public SegmentFixture {
 protected:
  void note(ActorId id, const EndWord& when, const std::uint64_t& reason = kFirst) {
    note_end(*thread_, id, {when, static_cast<TypeIndex>(9), std::as_bytes(std::span(&reason, 1))});
  }
  std::uint64_t reason_of(ActorId id) {
    std::uint64_t reason = 0;
    const auto bytes = exit_notice_of(segment_, id);
    if (bytes.size() == sizeof reason) std::memcpy(&reason, bytes.data(), sizeof reason);
    return reason;
  }
  bool is_taken(ActorId id) { return taken_end(segment_, id).has_value(); }
};

TEST_F(ActorEnd, IsTakenByTheStoreThatCompletesItsMessage) {
  const ActorId id = add_actor();
  ASSERT_EQ(send_value(id, 1), SendStatus::Accepted);
  LaneReader reader(segment_, id.index, Lane::Messages);
  ASSERT_TRUE(reader.poll());
  const Hand hand = reader.begin(Phase::Running);
  note(id, {.seq = hand.seq, .lane = Lane::Messages, .ends_children = false});
  EXPECT_FALSE(is_taken(id));
  reader.complete(*thread_, hand);
  ASSERT_TRUE(is_taken(id));
  EXPECT_FALSE(taken_end(segment_, id)->ends_children);
}

TEST_F(ActorEnd, WithoutAMessageIsTakenAtOnce) {
  const ActorId id = add_actor();
  EXPECT_FALSE(is_taken(id));
  note(id, {});
  ASSERT_TRUE(is_taken(id));
  EXPECT_TRUE(taken_end(segment_, id)->ends_children);
}

TEST_F(ActorEnd, HasTheReasonForWhichItWasTakenFirst) {
  const ActorId parent = add_actor();
  const ActorId id = add_actor();
  note(id, {});
  note(id, {}, kSecond);
  EXPECT_EQ(reason_of(id), kFirst);
  ASSERT_TRUE(begin_close(*thread_, id));
  drain(*thread_, id, [](Thread&, Lane, Handle) { return LeftMail::Drop; });
  push_exit_notice(*thread_, id, parent, static_cast<TypeIndex>(8), std::as_bytes(std::span(&kSecond, 1)));
  release_slot(*thread_, id);
  EXPECT_EQ(take_all(parent), std::vector<std::uint64_t>{kFirst});
  EXPECT_FALSE(is_taken(id)) << "the life is over";
}

TEST_F(ActorEnd, IsForgottenUnlessItWasTaken) {
  const ActorId id = add_actor();
  const std::uint64_t next = LaneReader(segment_, id.index, Lane::Replies).done() + 1;
  note(id, {.seq = next, .lane = Lane::Replies});
  forget_end(segment_, id);
  EXPECT_EQ(segment_.mailbox(id.index).end.load_relaxed(), 0u);
  note(id, {.seq = next, .lane = Lane::Replies}, kSecond);
  EXPECT_EQ(reason_of(id), kSecond);
  forget_end(segment_, id);
  note(id, {});
  forget_end(segment_, id);
  EXPECT_TRUE(is_taken(id));
}

TEST_F(ActorEnd, IsNotThatOfTheNextActorInItsSlot) {
  const ActorId id = add_actor();
  note(id, {});
  end_actor(id);
  ActorId next{};
  // Ends: slots are taken in turn, so the slot comes again.
  while (next.index != id.index) next = add_actor();
  EXPECT_FALSE(is_taken(next));
  EXPECT_FALSE(is_taken(id));
}

TEST_F(ActorEnd, OfADamagedWordIsNone) {
  const ActorId id = add_actor();
  segment_.mailbox(id.index).end.store_relaxed(EndWord::kThere | std::uint64_t{7} << 48);
  EXPECT_FALSE(is_taken(id));
}

}  // namespace
}  // namespace buskin::test
