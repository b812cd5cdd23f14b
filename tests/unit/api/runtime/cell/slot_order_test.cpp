// slot_order_test: what an actor does that finds an order in its slot, because there was no memory for a message.
#include "shm/actor/slot_order.hpp"

#include <algorithm>

#include "tests/unit/api/runtime/cell/cell_fixture.hpp"

namespace buskin::test {

namespace slot_order_test {

inline int restarts = 0;
inline Address witness;

struct Worker : Actor<Number> {
  void on_restart(Context&) { ++restarts; }
  void on(Message<Number> number, Context& context) { context.send(witness, Number{number->value}); }
};

}  // namespace slot_order_test

namespace {

using namespace slot_order_test;

class SlotOrderTest : public CellFixture {
 protected:
  void SetUp() override {
    restarts = 0;
    witness = client();
  }
  bool order(const Cell& cell, SlotOrder what) { return give_order(thread(), cell.id(), what); }
  bool has_heard(std::string_view notice) {
    const std::vector<std::string> others = received().others;
    return std::find(others.begin(), others.end(), notice) != others.end();
  }
};

TEST_F(SlotOrderTest, ToEndIsFollowedAfterTheMessagesThatAreThere) {
  Cell& cell = start<Worker>();
  send(cell, 5);
  ASSERT_TRUE(order(cell, SlotOrder::Exit));
  EXPECT_EQ(run(cell).what, Cell::Next::What::Gone);
  const Received all = received();
  EXPECT_EQ(all.numbers, std::vector<std::uint64_t>{5});
  EXPECT_EQ(all.others, std::vector<std::string>{"buskin.ChildActorExited"});
}

TEST_F(SlotOrderTest, ToEndReachesAnActorThatHasNotStarted) {
  Cell& cell = make<Worker>();
  ASSERT_TRUE(order(cell, SlotOrder::ExitAlone));
  EXPECT_EQ(run(cell).what, Cell::Next::What::Gone);
}

TEST_F(SlotOrderTest, ToRestartIsFollowedOnce) {
  Cell& cell = start<Worker>();
  ASSERT_TRUE(order(cell, SlotOrder::Restart));
  (void)run(cell);
  (void)run(cell);
  EXPECT_EQ(restarts, 1);
  send(cell, 6);
  (void)run(cell);
  EXPECT_EQ(received().numbers, std::vector<std::uint64_t>{6});
}

TEST_F(SlotOrderTest, ToHostChildrenReachesThoseThatWaitForTheirParent) {
  Cell& cell = start<Worker>();
  SlotSpec slot;
  slot.parent = cell.id();
  slot.flags = SlotFlag::kLocal;
  const ActorId child = reserve_actor(thread(), slot).value();
  runtime::ActorSpec spec;
  spec.type_id = 1;
  set_actor_spec(segment(), child, runtime::write_spec(thread(), child, spec).value());
  ASSERT_TRUE(change_life(segment(), child, LifeState::Reserved, LifeState::Notified, ProcessIndex::None));
  ASSERT_TRUE(order(cell, SlotOrder::HostChildren));
  (void)run(cell);
  EXPECT_EQ(node_.hosted, std::vector<ActorId>{child});
  EXPECT_EQ(orders_of(segment(), cell.id()), 0u);
}

TEST_F(SlotOrderTest, IsNotForTheNextActorOfTheSlot) {
  const Cell& first = start<Worker>();
  Cell* next = cells_.back().get();
  // Ends: slots are taken from a run of 64 neighbours, round and round.
  do {
    ASSERT_TRUE(order(*next, SlotOrder::Exit));
    (void)run(*next);
    next = &start<Worker>();
  } while (next->id().index != first.id().index);
  EXPECT_FALSE(order(first, SlotOrder::Exit));
  EXPECT_EQ(orders_of(segment(), next->id()), 0u);
  EXPECT_EQ(run(*next).what, Cell::Next::What::Sleep);
}

}  // namespace
}  // namespace buskin::test
