// restart_decision: whose restart it is, when it is due, and when there is none.
#include "api/runtime/lifecycle/restart_decision.hpp"

#include <gtest/gtest.h>

#include "buskin/buskin.hpp"
#include "shm/base/clock.hpp"
#include "shm/segment/slot_facts.hpp"
#include "tests/support/members_fixture.hpp"

namespace restart_decision_test {

namespace shm = buskin::shm;
namespace runtime = buskin::runtime;
using buskin::CreateOptions;
using shm::LifeState;
using namespace std::chrono_literals;

struct Plain : buskin::Actor<buskin::Text> {
  void on(Message<buskin::Text>) {}
};

class RestartDecision : public buskin::test::MembersFixture {
 protected:
  shm::ActorId add(const CreateOptions& options, LifeState state, shm::ProcessIndex process = shm::ProcessIndex::None) {
    return add_actor<Plain>(options, state, process);
  }
  bool schedule(shm::ActorId actor) {
    return runtime::schedule_restart(host_.thread(), actor, "its process died", schedule_);
  }
  shm::LifeWord life(shm::ActorId actor) { return shm::life_of(segment_, actor); }

  runtime::RestartSchedule schedule_;
};

TEST_F(RestartDecision, ClaimsARestartThatNobodyHasAndIsDueAtOnce) {
  const shm::ActorId actor = add({}, LifeState::Notified);
  EXPECT_TRUE(schedule(actor));
  EXPECT_EQ(life(actor).host, own().index);
  EXPECT_TRUE(schedule_.take_if_due(actor, shm::now_ns()));
}

TEST_F(RestartDecision, LeavesARestartThatAnotherProcessHas) {
  const runtime::MemberId other = join(shm::Role::Admin);
  const shm::ActorId actor = add({}, LifeState::Notified, other.index);
  EXPECT_FALSE(schedule(actor));
  EXPECT_EQ(life(actor).host, other.index);
  EXPECT_TRUE(schedule_.is_empty());
  EXPECT_EQ(segment_.slot(actor.index).restarts_total.load_relaxed(), 0u);
}

TEST_F(RestartDecision, DecidesAboutAnActorThatDidNotStartWithoutAClaim) {
  const shm::ActorId actor = add({}, LifeState::Requested);
  EXPECT_TRUE(schedule(actor));
  EXPECT_EQ(life(actor).state, LifeState::Requested);
  EXPECT_EQ(life(actor).host, shm::ProcessIndex::None);
  EXPECT_TRUE(schedule_.contains(actor));
}

TEST_F(RestartDecision, WaitsForTheBackoffOfAnActorThatFailsAgainAndAgain) {
  const shm::ActorId actor = add({.supervise = {.backoff = 8s, .backoff_max = 8s}}, LifeState::Notified);
  segment_.slot(actor.index).window_since_ns.store_relaxed(shm::now_ns());
  segment_.slot(actor.index).restarts.store_relaxed(1);
  EXPECT_TRUE(schedule(actor));
  EXPECT_GT(schedule_.next_due_ns(), shm::now_ns() + 5'000'000'000);
  EXPECT_EQ(shm::restart_due_ns_of(segment_, actor), schedule_.next_due_ns()) << "for a process that takes it over";
}

TEST_F(RestartDecision, WaitsForTheBackoffOfAnActorThatDiesBeforeItRunsAgain) {
  const shm::ActorId actor = add({.supervise = {.backoff = 8s, .backoff_max = 8s}}, LifeState::Notified);
  segment_.slot(actor.index).window_since_ns.store_relaxed(shm::now_ns());
  segment_.slot(actor.index).restarts.store_relaxed(1);
  shm::write_running_since(segment_, actor, 1);
  EXPECT_TRUE(schedule(actor));
  EXPECT_TRUE(schedule_.take_if_due(actor, shm::now_ns())) << "it had lived for long";
  EXPECT_TRUE(schedule(actor));
  EXPECT_FALSE(schedule_.take_if_due(actor, shm::now_ns())) << "the instance between them has never run";
}

TEST_F(RestartDecision, ClosesAnActorThatWasRestartedTooOften) {
  const shm::ActorId actor = add({.supervise = {.restarts = 1}}, LifeState::Notified);
  EXPECT_TRUE(schedule(actor));
  EXPECT_FALSE(schedule(actor));
  EXPECT_FALSE(shm::is_open(segment_, actor));
}

TEST_F(RestartDecision, ClosesAnActorThatEndsWithItsProcess) {
  const shm::ActorId actor = add({.supervise = {.on_crash = buskin::Decision::Stop}}, LifeState::Notified);
  EXPECT_FALSE(schedule(actor));
  EXPECT_FALSE(shm::is_open(segment_, actor));
  EXPECT_TRUE(schedule_.is_empty());
}

TEST_F(RestartDecision, ClosesAnActorWhoseParentIsGoneWithItsProcess) {
  const shm::ActorId actor = add({.place = buskin::here}, LifeState::Notified);
  EXPECT_FALSE(schedule(actor));
  EXPECT_FALSE(shm::is_open(segment_, actor));
}

TEST_F(RestartDecision, LeavesAnActorThatRuns) {
  const shm::ActorId actor = add({}, LifeState::Active, own().index);
  EXPECT_FALSE(schedule(actor));
  EXPECT_EQ(life(actor).state, LifeState::Active);
}

}  // namespace restart_decision_test
