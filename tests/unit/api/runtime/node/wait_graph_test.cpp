// wait_graph_test: a circle of waiters is found when every mailbox in it is full, and only then.
#include "api/runtime/node/wait_graph.hpp"

#include "tests/support/segment_fixture.hpp"

namespace buskin::test {
namespace {

class WaitGraphTest : public SegmentFixture {
 protected:
  /// An actor whose mailbox is full.
  ActorId full_actor() {
    const ActorId id = add_actor(1);
    EXPECT_EQ(send_value(id, 1), SendStatus::Accepted);
    return id;
  }

  runtime::WaitGraph graph_{segment_};
};

TEST_F(WaitGraphTest, TwoThatWaitForEachOtherAreACircle) {
  const ActorId a = full_actor();
  const ActorId b = full_actor();
  graph_.add(b, a);
  EXPECT_TRUE(graph_.is_circle(a, b));
}

TEST_F(WaitGraphTest, AnActorThatWaitsForItselfIsACircle) {
  const ActorId a = full_actor();
  EXPECT_TRUE(graph_.is_circle(a, a));
}

TEST_F(WaitGraphTest, ALongWayBackIsACircle) {
  std::vector<ActorId> ids;
  for (int i = 0; i < 20; ++i) ids.push_back(full_actor());
  for (std::size_t i = 1; i < ids.size(); ++i) graph_.add(ids[i], ids[(i + 1) % ids.size()]);
  EXPECT_TRUE(graph_.is_circle(ids[0], ids[1]));
}

TEST_F(WaitGraphTest, AWayThatEndsIsNone) {
  const ActorId a = full_actor();
  const ActorId b = full_actor();
  const ActorId c = full_actor();
  graph_.add(b, c);
  EXPECT_FALSE(graph_.is_circle(a, b));
}

TEST_F(WaitGraphTest, ACircleOfOthersIsNone) {
  const ActorId a = full_actor();
  const ActorId b = full_actor();
  const ActorId c = full_actor();
  graph_.add(b, c);
  graph_.add(c, b);
  EXPECT_FALSE(graph_.is_circle(a, b));
}

TEST_F(WaitGraphTest, RoomAnywhereOnTheWayBreaksTheCircle) {
  const ActorId a = full_actor();
  const ActorId b = full_actor();
  const ActorId with_room = add_actor(2);
  graph_.add(b, with_room);
  graph_.add(with_room, a);
  EXPECT_FALSE(graph_.is_circle(a, b));

  EXPECT_EQ(send_value(with_room, 1), SendStatus::Accepted);
  EXPECT_EQ(send_value(with_room, 2), SendStatus::Accepted);
  EXPECT_TRUE(graph_.is_circle(a, b));
}

TEST_F(WaitGraphTest, RoomInTheWaitersOwnMailboxBreaksTheCircle) {
  const ActorId a = full_actor();
  const ActorId b = full_actor();
  graph_.add(b, a);
  (void)take_all(a);
  EXPECT_FALSE(graph_.is_circle(a, b));
}

TEST_F(WaitGraphTest, AWaitThatEndedIsNoEdge) {
  const ActorId a = full_actor();
  const ActorId b = full_actor();
  graph_.add(b, a);
  graph_.remove(b);
  EXPECT_FALSE(graph_.is_circle(a, b));
}

TEST_F(WaitGraphTest, AnActorWaitsForTheLastOneThatWasNamed) {
  const ActorId a = full_actor();
  const ActorId b = full_actor();
  const ActorId c = full_actor();
  graph_.add(b, a);
  graph_.add(b, c);
  EXPECT_FALSE(graph_.is_circle(a, b));
}

}  // namespace
}  // namespace buskin::test
