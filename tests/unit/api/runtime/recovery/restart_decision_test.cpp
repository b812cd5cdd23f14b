// restart_decision: whose restart it is, when it is due, and when there is none.
#include "api/runtime/recovery/restart_decision.hpp"

#include <gtest/gtest.h>

#include <optional>

#include "buskin/buskin.hpp"
#include "shm/base/clock.hpp"
#include "shm/mailbox/send.hpp"
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
  /// When it is due; nothing when it is not restarted by this process.
  std::optional<std::uint64_t> decide(shm::ActorId actor) {
    runtime::ActorSpec spec;
    if (!runtime::read_spec(segment_, actor, spec)) return std::nullopt;
    return runtime::decide_restart(host_.thread(), actor, spec, "its process died");
  }
  /// The process that was on its way to the actor died as well.
  void lose_again(shm::ActorId actor) { runtime::lose_restart(host_.thread(), actor); }
  shm::LifeWord life(shm::ActorId actor) { return shm::life_of(segment_, actor); }
};

TEST_F(RestartDecision, ClaimsARestartThatNobodyHasAndIsDueAtOnce) {
  const shm::ActorId actor = add({}, LifeState::Notified);
  const auto due_ns = decide(actor);
  ASSERT_TRUE(due_ns.has_value());
  EXPECT_LE(*due_ns, shm::now_ns());
  EXPECT_EQ(life(actor).host, own().index);
}

TEST_F(RestartDecision, LeavesARestartThatAnotherProcessHas) {
  const shm::MemberId other = join(shm::Role::Admin);
  const shm::ActorId actor = add({}, LifeState::Notified, other.index);
  EXPECT_FALSE(decide(actor).has_value());
  EXPECT_EQ(life(actor).host, other.index);
  EXPECT_EQ(segment_.slot(actor.index).restarts_total.load_relaxed(), 0u);
}

TEST_F(RestartDecision, DecidesAboutAnActorThatDidNotStartWithoutAClaim) {
  const shm::ActorId actor = add({}, LifeState::Requested);
  EXPECT_TRUE(decide(actor).has_value());
  EXPECT_EQ(life(actor).state, LifeState::Requested);
  EXPECT_EQ(life(actor).host, shm::ProcessIndex::None);
}

TEST_F(RestartDecision, WaitsForTheBackoffOfAnActorThatFailsAgainAndAgain) {
  const shm::ActorId actor = add({.supervise = {.backoff = 8s, .backoff_max = 8s}}, LifeState::Notified);
  segment_.slot(actor.index).window_since_ns.store_relaxed(shm::now_ns());
  segment_.slot(actor.index).restarts.store_relaxed(1);
  const auto due_ns = decide(actor);
  ASSERT_TRUE(due_ns.has_value());
  EXPECT_GT(*due_ns, shm::now_ns() + 5'000'000'000);
  EXPECT_EQ(shm::restart_due_ns_of(segment_, actor), *due_ns) << "for a process that takes it over";
}

TEST_F(RestartDecision, WaitsForTheBackoffOfAnActorThatDiesBeforeItRunsAgain) {
  const shm::ActorId actor = add({.supervise = {.backoff = 8s, .backoff_max = 8s}}, LifeState::Notified);
  segment_.slot(actor.index).window_since_ns.store_relaxed(shm::now_ns());
  segment_.slot(actor.index).restarts.store_relaxed(1);
  shm::write_running_since(segment_, actor, 1);
  const auto first_ns = decide(actor);
  ASSERT_TRUE(first_ns.has_value());
  EXPECT_LE(*first_ns, shm::now_ns()) << "it had lived for long";
  lose_again(actor);
  const auto second_ns = decide(actor);
  ASSERT_TRUE(second_ns.has_value());
  EXPECT_GT(*second_ns, shm::now_ns()) << "the instance between them has never run";
}

TEST_F(RestartDecision, ClosesAnActorThatWasRestartedTooOften) {
  const shm::ActorId actor = add({.supervise = {.restarts = 1}}, LifeState::Notified);
  EXPECT_TRUE(decide(actor).has_value());
  lose_again(actor);
  EXPECT_FALSE(decide(actor).has_value());
  EXPECT_FALSE(shm::is_open(segment_, actor));
}

TEST_F(RestartDecision, IsNotMadeAgainByTheProcessThatTakesItOver) {
  const shm::MemberId other = join(shm::Role::Admin);
  const shm::ActorId actor = add({.supervise = {.restarts = 1}}, LifeState::Notified, other.index);
  const std::uint64_t due_ns = shm::now_ns() + 5'000'000'000;
  shm::write_restart_due(segment_, actor, due_ns);
  ASSERT_TRUE(shm::take_restart(segment_, actor, life(actor), own().index));
  EXPECT_EQ(decide(actor), due_ns);
  EXPECT_EQ(decide(actor), due_ns);
  EXPECT_EQ(segment_.slot(actor.index).restarts_total.load_relaxed(), 0u);
}

TEST_F(RestartDecision, OfAnActorThatItsParentHostsIsPassedOnByTheProcessThatTakesItOver) {
  const shm::ActorId parent = add({}, LifeState::Active, own().index);
  const shm::ActorId actor = add({.place = buskin::here}, LifeState::Notified);
  segment_.slot(actor.index).parent.store_relaxed(parent.word());
  shm::write_restart_due(segment_, actor, 1);
  EXPECT_FALSE(decide(actor).has_value());
  EXPECT_EQ(shm::pending_count(segment_, parent.index, shm::Lane::Control), 1u);
  EXPECT_EQ(segment_.slot(actor.index).restarts_total.load_relaxed(), 0u);
}

TEST_F(RestartDecision, ClosesAnActorThatEndsWithItsProcess) {
  const shm::ActorId actor = add({.supervise = {.on_crash = buskin::Decision::Stop}}, LifeState::Notified);
  EXPECT_FALSE(decide(actor).has_value());
  EXPECT_FALSE(shm::is_open(segment_, actor));
}

TEST_F(RestartDecision, ClosesAnActorWhoseParentIsGoneWithItsProcess) {
  const shm::ActorId actor = add({.place = buskin::here}, LifeState::Notified);
  EXPECT_FALSE(decide(actor).has_value());
  EXPECT_FALSE(shm::is_open(segment_, actor));
}

TEST_F(RestartDecision, LeavesAnActorThatRuns) {
  const shm::ActorId actor = add({}, LifeState::Active, own().index);
  EXPECT_FALSE(decide(actor).has_value());
  EXPECT_EQ(life(actor).state, LifeState::Active);
}

}  // namespace restart_decision_test
