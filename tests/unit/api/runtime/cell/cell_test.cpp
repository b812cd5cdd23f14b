// cell_test: one cell, run by hand: its turns, its failures and its end.
#include "api/runtime/cell/cell.hpp"

#include <stdexcept>

#include "tests/unit/api/runtime/cell/cell_fixture.hpp"

namespace buskin::test {

namespace cell_test {

/// What the actors of a test do and where they send.
struct Script {
  Address to;
  Address full;
  int starts = 0;
  int restarts = 0;
  int stops = 0;
  bool sends_on_restart = false;
};
inline Script script;

constexpr std::uint64_t kThrow = 1'000;
constexpr std::uint64_t kExitAloneAndThrow = 1'001;
constexpr std::uint64_t kExitAlone = 1'002;
constexpr std::uint64_t kCreate = 1'003;

struct Child : Actor<Number> {
  void on(Message<Number>) {}
};

struct Plain : Actor<Number, ChildActorExited> {
  void on_start(Context&) { ++script.starts; }
  void on_restart(Context& context) {
    ++script.restarts;
    if (script.sends_on_restart) context.send(script.full, Number{77});
  }
  void on_stop(Context&) { ++script.stops; }
  void on(Message<Number> number, Context& context) {
    const std::uint64_t value = number->value;
    if (value == kCreate) (void)context.create<Child>();
    if (value == kExitAlone || value == kExitAloneAndThrow) {
      context.exit(context.self(), {.now = true, .recursive = false});
    }
    if (value < kThrow) context.send(script.to, Number{value});
    if (value == kThrow || value == kExitAloneAndThrow) throw std::runtime_error("asked to");
  }
  void on(Message<ChildActorExited>) {}
};

struct Exact : Actor<Number> {
  static constexpr auto delivery = buskin::Delivery::ExactlyOnce;
  void on(Message<Number> number, Context& context) {
    context.send(script.to, Number{number->value});
    if (number->value == kThrow) throw std::runtime_error("asked to");
  }
};

struct Lossy : Actor<Number> {
  static constexpr auto delivery = buskin::Delivery::AtMostOnce;
  void on(Message<Number> number) {
    if (number->value == kThrow) throw std::runtime_error("asked to");
  }
};

/// Says to a mailbox without room that it saves.
struct Saver : Actor<Number, Saves<Number>> {
  static constexpr auto delivery = buskin::Delivery::ExactlyOnce;
  void on(Message<Number> number) { last = number->value; }
  void on_restart(const Number& saved) { last = saved.value; }
  void on_save(Context& context) noexcept {
    context.send(script.full, Number{last});
    context.save<Number>(Number{last});
  }
  std::uint64_t last = 0;
};

}  // namespace cell_test

namespace {

using cell_test::script;
using What = runtime::Cell::Next::What;

class OneCell : public CellFixture {
 protected:
  void SetUp() override {
    script = {};
    script.to = client();
  }

  /// A mailbox with no room, whose senders wait for a minute.
  Cell& make_full() {
    Cell& full = make<cell_test::Child>({.mailbox = {.capacity = 1, .wait = std::chrono::minutes(1)}});
    segment().mailbox(full.id().index).wait_ns.write(60'000'000'000);
    script.full = address_of(full);
    send(full, 0);
    return full;
  }
};

TEST_F(OneCell, HandlesItsMessagesInOrder) {
  Cell& cell = start<cell_test::Plain>();
  EXPECT_EQ(script.starts, 1);
  for (const std::uint64_t value : {1u, 2u, 3u}) send(cell, value);
  EXPECT_EQ(run(cell).what, What::Sleep);
  EXPECT_EQ(received().numbers, (std::vector<std::uint64_t>{1, 2, 3}));
}

TEST_F(OneCell, IsNotStartedTwice) {
  Cell& cell = make<cell_test::Plain>();
  ASSERT_TRUE(change_life(segment(), cell.id(), LifeState::Requested, LifeState::Init, thread().process()));
  EXPECT_EQ(run(cell).what, What::Gone) << "somebody else has the actor";
  EXPECT_EQ(script.starts, 0);
}

TEST_F(OneCell, SendsNothingFromAnExactTurnThatFails) {
  Cell& cell = start<cell_test::Exact>({.supervise = {.attempts = 2}});
  send(cell, cell_test::kThrow);
  send(cell, 5);
  (void)run(cell);
  const Received all = received();
  EXPECT_EQ(all.numbers, std::vector<std::uint64_t>{5});
  EXPECT_EQ(all.others, std::vector<std::string>{"buskin.PoisonMessage"});
  EXPECT_EQ(counted(Counter::FailedTurns), 2u);
  EXPECT_EQ(counted(Counter::Poison), 1u);
}

TEST_F(OneCell, LosesAMessageThatItTakesAtMostOnce) {
  Cell& cell = start<cell_test::Lossy>();
  send(cell, cell_test::kThrow);
  (void)run(cell);
  EXPECT_EQ(counted(Counter::FailedTurns), 1u);
  EXPECT_EQ(counted(Counter::LostInHand), 1u);
}

TEST_F(OneCell, EndsWithItsLastHookAndANoticeToItsParent) {
  Cell& cell = start<cell_test::Plain>();
  send(cell, cell_test::kExitAlone);
  EXPECT_EQ(run(cell).what, What::Gone);
  EXPECT_EQ(script.stops, 1);
  EXPECT_EQ(received().others, std::vector<std::string>{"buskin.ChildActorExited"});
}

TEST_F(OneCell, LetsItsChildrenLiveWhenItEndsAlone) {
  Cell& cell = start<cell_test::Plain>();
  send(cell, cell_test::kCreate);
  (void)run(cell);
  ASSERT_EQ(node_.hosted.size(), 1u);
  EXPECT_EQ(parent_of(segment(), node_.hosted[0]), cell.id());
  send(cell, cell_test::kExitAlone);
  EXPECT_EQ(run(cell).what, What::Gone);
  EXPECT_EQ(parent_of(segment(), node_.hosted[0]), ActorId{});
}

TEST_F(OneCell, AnExitThatWasUndoneSaysNothingAboutItsChildren) {
  Cell& cell = start<cell_test::Plain>({.supervise = {.on_throw = Decision::Stop, .attempts = 1}});
  send(cell, cell_test::kCreate);
  (void)run(cell);
  ASSERT_EQ(node_.hosted.size(), 1u);
  send(cell, cell_test::kExitAloneAndThrow);
  EXPECT_EQ(run(cell).what, What::Sleep) << "it waits for its child";
  EXPECT_EQ(parent_of(segment(), node_.hosted[0]), cell.id());
  EXPECT_EQ(pending_count(segment(), node_.hosted[0].index, Lane::Messages), 1u) << "which is asked to end";
}

TEST_F(OneCell, WaitsForRoomWithItsTurnOpen) {
  Cell& full = make_full();
  script.to = script.full;
  Cell& cell = start<cell_test::Plain>();
  send(cell, 5);
  EXPECT_EQ(run(cell).what, What::Sleep);
  EXPECT_EQ(counted(Counter::SendWaits), 1u);
  EXPECT_EQ(pending_count(segment(), cell.id().index, Lane::Messages), 1u) << "its message stays in hand";
  (void)run(full);
  (void)run(cell);
  EXPECT_EQ(pending_count(segment(), cell.id().index, Lane::Messages), 0u);
  EXPECT_EQ(pending_count(segment(), full.id().index, Lane::Messages), 1u);
}

TEST_F(OneCell, WhatOnRestartSendsWithoutRoomLeavesWhenThereIsRoom) {
  Cell& full = make_full();
  script.sends_on_restart = true;
  Cell& cell = start<cell_test::Plain>({.supervise = {.on_throw = Decision::Restart, .attempts = 1}});
  send(cell, cell_test::kThrow);
  EXPECT_EQ(run(cell).what, What::Sleep);
  EXPECT_EQ(script.restarts, 1);
  (void)run(full);
  EXPECT_EQ(pending_count(segment(), full.id().index, Lane::Messages), 0u);
  (void)run(cell);
  EXPECT_EQ(pending_count(segment(), full.id().index, Lane::Messages), 1u) << "although no message came meanwhile";
}

TEST_F(OneCell, WhatOnSaveSendsWithoutRoomLeavesWithTheTurn) {
  Cell& full = make_full();
  Cell& cell = start<cell_test::Saver>();
  send(cell, 5);
  send(cell, 6);
  EXPECT_EQ(run(cell).what, What::Sleep);
  EXPECT_EQ(pending_count(segment(), cell.id().index, Lane::Messages), 0u) << "no turn stays open";
  EXPECT_EQ(pending_count(segment(), full.id().index, Lane::Messages), 3u);
}

TEST_F(OneCell, RefusesToStartWithItsReason) {
  Cell& cell = make<cell_test::Plain>();
  cell.refuse_start("no such processor");
  EXPECT_EQ(run(cell).what, What::Gone);
  EXPECT_EQ(script.starts, 0);
  EXPECT_EQ(received().others, std::vector<std::string>{"buskin.ChildActorExited"});
}

TEST_F(OneCell, IsAsSmallAsAMillionOfThemNeed) { EXPECT_LE(sizeof(Cell), 120u); }

}  // namespace
}  // namespace buskin::test
