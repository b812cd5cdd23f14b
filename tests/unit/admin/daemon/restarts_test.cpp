// Restarts: policy, backoff and programs that come and do not come.
#include "admin/daemon/restarts.hpp"

#include "api/runtime/lifecycle/close.hpp"
#include "parts_fixture.hpp"
#include "shm/segment/slot_facts.hpp"

namespace admin_unit {
namespace {

class RestartsTest : public PartsFixture {
 protected:
  ActorWish with_backoff(buskin::Duration backoff) {
    ActorWish wish;
    wish.options.supervise.backoff = backoff;
    wish.options.supervise.backoff_max = backoff;
    return wish;
  }
  /// The process of the actor dies once more: its repair leaves the next restart to be decided.
  void die_again(shm::ActorId actor) { shm::write_restart_due(segment(), actor, 0); }
  std::uint32_t restarts_of(shm::ActorId actor) { return shm::restarts_total_of(segment(), actor); }
};

TEST_F(RestartsTest, AnActorThatLostItsProcessGetsTheNextOneAtOnce) {
  FakeServer server = make_server();
  (void)programs_.add(server.server());
  const shm::ActorId actor = lost_actor();
  pass(kSecond_ns);  // The decision reads the clock of the machine.
  restarts_.lose_process(actor, "its process died");
  EXPECT_EQ(server.take<protocol::ForkActor>().size(), 1u);
  EXPECT_TRUE(schedule_.is_asked(actor));
}

TEST_F(RestartsTest, TheSecondFailureInARowWaitsForItsBackoff) {
  FakeServer server = make_server();
  (void)programs_.add(server.server());
  const shm::ActorId actor = lost_actor(with_backoff(60s));
  pass(kSecond_ns);
  restarts_.restart(actor, "its process died");
  schedule_.remove(actor);
  (void)server.take_all();
  die_again(actor);
  restarts_.restart(actor, "its process died");
  EXPECT_EQ(server.take_all(), 0u);
  const std::uint64_t due_ns = restarts_.next_ns(clock_ns_);
  EXPECT_GT(due_ns, clock_ns_ + 40 * kSecond_ns);
  restarts_.tick(due_ns - 1);
  EXPECT_EQ(server.take_all(), 0u);
  restarts_.tick(due_ns);
  EXPECT_EQ(server.take<protocol::ForkActor>().size(), 1u);
}

TEST_F(RestartsTest, AnActorThatMayNotBeRestartedEnds) {
  ActorWish wish;
  wish.options.supervise.on_crash = buskin::Decision::Stop;
  const shm::ActorId actor = lost_actor(wish);
  restarts_.restart(actor, "its process died");
  EXPECT_FALSE(is_there(actor));
}

TEST_F(RestartsTest, AnActorThatFailsTooOftenEnds) {
  programs_.expect(kProgram);
  ActorWish wish;
  wish.options.supervise.restarts = 2;
  const shm::ActorId actor = lost_actor(wish);
  for (int i = 0; i < 2; ++i) {
    restarts_.restart(actor, "its process died");
    EXPECT_TRUE(is_there(actor));
    die_again(actor);
  }
  restarts_.restart(actor, "its process died");
  EXPECT_FALSE(is_there(actor));
}

TEST_F(RestartsTest, ARestartThatAFormerAdminDecidedIsDueWhenItSaidAndNotCountedAgain) {
  FakeServer server = make_server();
  (void)programs_.add(server.server());
  const shm::ActorId given_back = lost_actor(with_backoff(60s));
  const shm::ActorId left = lost_actor(with_backoff(60s));
  const std::uint64_t due_ns = clock_ns_ + 7 * kSecond_ns;
  for (const shm::ActorId actor : {given_back, left}) shm::write_restart_due(segment(), actor, due_ns);
  restarts_.lose_request(given_back, "its process died");
  restarts_.start_left_over();
  EXPECT_EQ(server.take_all(), 0u);
  EXPECT_EQ(restarts_.next_ns(clock_ns_), due_ns);
  restarts_.tick(due_ns);
  EXPECT_EQ(server.take<protocol::ForkActor>().size(), 2u);
  for (const shm::ActorId actor : {given_back, left}) EXPECT_EQ(restarts_of(actor), 0u);
}

TEST_F(RestartsTest, AProcessThatDiesOnItsWayToItsActorCounts) {
  FakeServer server = make_server();
  (void)programs_.add(server.server());
  const shm::ActorId actor = lost_actor();
  pass(kSecond_ns);
  restarts_.lose_process(actor, "its process died");
  schedule_.remove(actor);  // As when its fork server reports the end of the process.
  restarts_.lose_start(actor, "its process died");
  EXPECT_EQ(restarts_of(actor), 2u);
}

TEST_F(RestartsTest, NobodyIsRestartedInASystemThatEnds) {
  (void)phases_.stop(clock_ns_);
  const shm::ActorId ours = lost_actor();
  const shm::ActorId of_another = lost_actor();
  move(of_another, shm::LifeState::Notified, shm::LifeState::Notified, shm::ProcessIndex{9});
  restarts_.restart(ours, "its process died");
  restarts_.restart(of_another, "its process died");
  EXPECT_FALSE(is_there(ours));
  EXPECT_TRUE(is_there(of_another));
}

TEST_F(RestartsTest, AnActorInTheScheduleIsNotRestartedASecondTime) {
  const shm::ActorId actor = lost_actor();
  schedule_.add_waiting(actor, clock_ns_);
  restarts_.restart_unless_scheduled(actor, "its process died");
  restarts_.lose_request(actor, "its process died");
  EXPECT_EQ(segment().slot(actor.index).restarts_total.load_relaxed(), 0u);
}

TEST_F(RestartsTest, ThoseThatWaitGetAProcessWhenTheirProgramComes) {
  const shm::ActorId actor = lost_actor();
  placement_.place(actor);
  ASSERT_TRUE(schedule_.is_waiting(actor));
  FakeServer server = make_server();
  (void)programs_.add(server.server());
  restarts_.retry_waiting();
  EXPECT_EQ(server.take<protocol::ForkActor>().size(), 1u);
  EXPECT_FALSE(schedule_.is_waiting(actor));
}

TEST_F(RestartsTest, AnActorThatNeverStartedWaitsFiveSecondsForADeadProgramHoweverOftenItIsTried) {
  programs_.expect(kProgram);
  const shm::ActorId unstarted = request_actor();
  const shm::ActorId lost = lost_actor();
  placement_.place(unstarted);
  placement_.place(lost);
  pass(4 * kSecond_ns);
  restarts_.retry_waiting();
  EXPECT_EQ(restarts_.next_ns(clock_ns_), clock_ns_ + kSecond_ns);
  pass(kSecond_ns);
  restarts_.tick(clock_ns_);
  EXPECT_FALSE(is_there(unstarted));
  EXPECT_TRUE(is_there(lost));
  EXPECT_TRUE(schedule_.is_waiting(lost));
}

TEST_F(RestartsTest, AnActorThatWasClosedWhileItWaitedLeavesTheSchedule) {
  programs_.expect(kProgram);
  const shm::ActorId actor = request_actor();
  placement_.place(actor);
  runtime::close_actor(thread(), actor, {buskin::Code::ActorDied, "closed by the test"});
  pass(5 * kSecond_ns);
  restarts_.tick(clock_ns_);
  EXPECT_TRUE(schedule_.is_empty());
}

TEST_F(RestartsTest, AnActorThatGotAProcessWhileItWaitedGoesOn) {
  programs_.expect(kProgram);
  const shm::ActorId actor = request_actor();
  placement_.place(actor);
  move(actor, shm::LifeState::Requested, shm::LifeState::Active, shm::ProcessIndex{9});
  pass(5 * kSecond_ns);
  restarts_.tick(clock_ns_);
  EXPECT_EQ(state_of(actor), shm::LifeState::Active);
  EXPECT_TRUE(schedule_.is_empty());
}

TEST_F(RestartsTest, WhatARepairerLeftIsFoundAndStarted) {
  FakeServer server = make_server();
  (void)programs_.add(server.server());
  const shm::ActorId undecided = lost_actor();
  const shm::ActorId decided_by_us = lost_actor();
  move(decided_by_us, shm::LifeState::Notified, shm::LifeState::Notified, context_.own.index);
  const shm::ActorId requested = request_actor();
  const shm::ActorId of_another = lost_actor();
  move(of_another, shm::LifeState::Notified, shm::LifeState::Notified, shm::ProcessIndex{9});
  pass(kSecond_ns);
  restarts_.start_left_over();
  EXPECT_EQ(server.take<protocol::ForkActor>().size(), 3u);
  for (const shm::ActorId actor : {undecided, decided_by_us, requested}) EXPECT_TRUE(schedule_.is_asked(actor));
  EXPECT_FALSE(schedule_.contains(of_another));
}

TEST_F(RestartsTest, OfADeadSystemOnlyActorsWithANameOrAKeepPolicyComeBack) {
  adoption_.begin(true);
  ActorWish kept;
  kept.options.keep = true;
  ActorWish named;
  named.options.name = "named";
  const shm::ActorId keeps = lost_actor(kept);
  const shm::ActorId has_name = lost_actor(named);
  const shm::ActorId has_none = lost_actor();
  const shm::ActorId unstarted = request_actor(named = {.options = {.name = "unstarted"}});
  for (const shm::ActorId actor : {keeps, has_name, has_none}) restarts_.lose_process(actor, "its process died");
  restarts_.lose_request(unstarted, "its process died");
  EXPECT_TRUE(schedule_.is_waiting(keeps));
  EXPECT_TRUE(schedule_.is_waiting(has_name));
  EXPECT_FALSE(is_there(has_none));
  EXPECT_FALSE(is_there(unstarted));
}

}  // namespace
}  // namespace admin_unit
