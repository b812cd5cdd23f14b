// ForkServerDeputy: what it repairs, forks and leaves, on a private segment and without a fork.
#include "api/runtime/fork_server/fork_server_deputy.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "buskin/buskin.hpp"
#include "shm/base/clock.hpp"
#include "shm/segment/slot_facts.hpp"
#include "shm/segment/system_words.hpp"
#include "tests/support/members_fixture.hpp"

namespace fork_server_deputy_test {

namespace shm = buskin::shm;
namespace runtime = buskin::runtime;
using buskin::CreateOptions;
using shm::MemberId;
using shm::LifeState;
using namespace std::chrono_literals;

constexpr std::uint64_t kWatchdog_ns = 10'000'000'000;
constexpr std::uint64_t kOtherProgram = 8;

struct Plain : buskin::Actor<buskin::Text> {
  void on(Message<buskin::Text>) {}
};

class ForkServerDeputyTest : public buskin::test::MembersFixture {
 protected:
  runtime::ForkServerDeputy& deputy() {
    if (!deputy_) {
      deputy_ = std::make_unique<runtime::ForkServerDeputy>(
          host_, shm::ActorId{}, paths_, log_,
          runtime::Forks{.has_child =
                             [this](shm::ActorId actor) {
                               return std::any_of(forked_.begin(), forked_.end(), [&](const runtime::ForkSpec& spec) {
                                 return spec.actor == actor ||
                                        std::find(spec.more.begin(), spec.more.end(), actor) != spec.more.end();
                               });
                             },
                         .fork =
                             [this](const runtime::ForkSpec& spec) {
                               ++tries_;
                               if (can_fork_) forked_.push_back(spec);
                             },
                         .collect_children = [] {}});
    }
    return *deputy_;
  }
  void end_deputy() { deputy_.reset(); }
  shm::ActorId add(const CreateOptions& options, LifeState state, shm::ProcessIndex process) {
    return add_actor<Plain>(options, state, process);
  }
  /// A living admin that has the reaper role.
  MemberId add_admin() {
    const MemberId admin = join(shm::Role::Admin);
    shm::set_admin(segment_, {}, admin.word());
    EXPECT_TRUE(runtime::take_reaper_role(segment_, admin, paths_));
    return admin;
  }
  /// Lets the deputy act until it forks: the report of a death comes from another thread.
  void act_until_forked() {
    const std::uint64_t end = shm::now_ns() + kWatchdog_ns;
    while (forked_.empty() && shm::now_ns() < end) deputy().act(shm::now_ns());
    ASSERT_FALSE(forked_.empty()) << "nothing was forked";
  }
  shm::LifeWord life(shm::ActorId actor) { return shm::life_of(segment_, actor); }

  runtime::LogFile log_{"/dev/null"};
  std::vector<runtime::ForkSpec> forked_;
  bool can_fork_ = true;
  int tries_ = 0;

 private:
  std::unique_ptr<runtime::ForkServerDeputy> deputy_;
};

TEST_F(ForkServerDeputyTest, RepairsADeathAndForksAtOnceWithoutAnAdmin) {
  const MemberId dead = join(shm::Role::Actors, kProgram);
  const shm::ActorId actor = add({}, LifeState::Active, dead.index);
  kill(dead);
  deputy();
  act_until_forked();
  EXPECT_EQ(forked_[0].actor, actor);
  EXPECT_EQ(forked_[0].place, 0u);
  EXPECT_EQ(life(actor).state, LifeState::Notified);
  EXPECT_EQ(life(actor).host, own().index);
  EXPECT_FALSE(runtime::is_there(segment_, dead));
}

TEST_F(ForkServerDeputyTest, GivesALivingAdminTimeToAct) {
  add_admin();
  const shm::ActorId actor = add({}, LifeState::Notified, shm::ProcessIndex::None);
  const std::uint64_t begin = shm::now_ns();
  const std::uint64_t next = deputy().act(begin);
  EXPECT_GE(next, begin + runtime::kOthersWait_ns);
  EXPECT_TRUE(forked_.empty());
  deputy().act(shm::now_ns() + runtime::kOthersWait_ns);
  ASSERT_EQ(forked_.size(), 1u);
  EXPECT_EQ(forked_[0].actor, actor);
}

TEST_F(ForkServerDeputyTest, LeavesWhatTheAdminHasStartedMeanwhile) {
  const MemberId admin = add_admin();
  const shm::ActorId actor = add({}, LifeState::Notified, shm::ProcessIndex::None);
  deputy();
  ASSERT_TRUE(shm::change_life(segment_, actor, LifeState::Notified, LifeState::Active, admin.index));
  const std::uint64_t next = deputy().act(shm::now_ns() + 2 * runtime::kOthersWait_ns);
  EXPECT_TRUE(forked_.empty());
  EXPECT_EQ(next, shm::kNever_ns);
}

TEST_F(ForkServerDeputyTest, TakesARestartFromAProcessThatDoesNotCarryItOutInTime) {
  constexpr std::uint64_t kBackoff_ns = 1'000'000'000;
  const MemberId admin = add_admin();
  const shm::ActorId actor = add({}, LifeState::Notified, admin.index);
  const std::uint64_t due_ns = shm::now_ns() + kBackoff_ns;
  shm::write_restart_due(segment_, actor, due_ns);
  EXPECT_EQ(deputy().act(due_ns), due_ns + runtime::kOthersWait_ns);
  EXPECT_EQ(life(actor).host, admin.index);
  deputy().act(due_ns + runtime::kOthersWait_ns);
  EXPECT_EQ(life(actor).host, own().index);
  ASSERT_EQ(forked_.size(), 1u);
  EXPECT_EQ(forked_[0].actor, actor);
  EXPECT_EQ(shm::restarts_total_of(segment_, actor), 0u) << "it was counted by the process that decided";
}

TEST_F(ForkServerDeputyTest, CarriesOutARestartThatADeadAdminHadDecidedWhenItIsDue) {
  constexpr std::uint64_t kBackoff_ns = 20'000'000'000;
  const MemberId admin = add_admin();
  const shm::ActorId actor = add({}, LifeState::Notified, admin.index);
  const std::uint64_t due_ns = shm::now_ns() + kBackoff_ns;
  shm::write_restart_due(segment_, actor, due_ns);
  kill(admin);
  const std::uint64_t end = shm::now_ns() + kWatchdog_ns;
  while (life(actor).host != own().index && shm::now_ns() < end) deputy().act(shm::now_ns());
  EXPECT_EQ(tries_, 0);
  EXPECT_EQ(shm::restarts_total_of(segment_, actor), 0u);
  deputy().act(due_ns);
  ASSERT_EQ(forked_.size(), 1u);
  EXPECT_EQ(forked_[0].actor, actor);
}

TEST_F(ForkServerDeputyTest, HandsTheReaperRoleToANewAdmin) {
  deputy();
  EXPECT_EQ(runtime::reaper_of(segment_), own());
  const MemberId admin = join(shm::Role::Admin);
  shm::set_admin(segment_, {}, admin.word());
  deputy().meet_admin();
  EXPECT_EQ(runtime::reaper_of(segment_), admin);
}

TEST_F(ForkServerDeputyTest, TakesTheReaperRoleWhenTheAdminDies) {
  const MemberId admin = add_admin();
  deputy();
  EXPECT_EQ(runtime::reaper_of(segment_), admin);
  kill(admin);
  deputy().meet_admin();
  EXPECT_EQ(runtime::reaper_of(segment_), own());
}

TEST_F(ForkServerDeputyTest, ForksTheActorsOfASharedProcessTogether) {
  const CreateOptions options{.place = buskin::shared("hall")};
  const MemberId dead = join(shm::Role::Actors, kProgram);
  const shm::ActorId one = add(options, LifeState::Active, dead.index);
  const shm::ActorId two = add(options, LifeState::Active, dead.index);
  kill(dead);
  deputy();
  act_until_forked();
  deputy().act(shm::now_ns());
  ASSERT_EQ(forked_.size(), 1u);
  EXPECT_NE(forked_[0].place, 0u);
  EXPECT_EQ(forked_[0].actor, one);
  EXPECT_EQ(forked_[0].more, std::vector<shm::ActorId>{two});
}

TEST_F(ForkServerDeputyTest, DoesNotForkForAnActorThatHasAChild) {
  const shm::ActorId actor = add({}, LifeState::Notified, shm::ProcessIndex::None);
  forked_.push_back({.actor = actor});
  deputy().act(shm::now_ns());
  EXPECT_EQ(tries_, 0);
}

TEST_F(ForkServerDeputyTest, LeavesActorsToTheServerOfTheirProgram) {
  const MemberId server = join(shm::Role::ForkServer, kOtherProgram);
  const shm::ActorId actor = add({}, LifeState::Notified, shm::ProcessIndex::None);
  runtime::ActorSpec spec;
  ASSERT_TRUE(runtime::read_spec(segment_, actor, spec));
  spec.program = kOtherProgram;
  shm::set_actor_spec(segment_, actor, runtime::write_spec(host_.thread(), actor, spec).value());
  deputy().act(shm::now_ns());
  EXPECT_EQ(tries_, 0);
  EXPECT_EQ(life(actor).host, shm::ProcessIndex::None);
  kill(server);
  end_deputy();  // The next one looks at all actors.
  deputy();
  act_until_forked();
  EXPECT_EQ(forked_[0].actor, actor);
}

TEST_F(ForkServerDeputyTest, LeavesAnActorOfATypeThatThisProgramLacks) {
  const shm::ActorId actor = add({}, LifeState::Notified, shm::ProcessIndex::None);
  runtime::ActorSpec spec;
  ASSERT_TRUE(runtime::read_spec(segment_, actor, spec));
  spec.type_id += 1;
  shm::set_actor_spec(segment_, actor, runtime::write_spec(host_.thread(), actor, spec).value());
  deputy().act(shm::now_ns());
  EXPECT_EQ(tries_, 0);
}

TEST_F(ForkServerDeputyTest, TriesAgainLaterWhenNoProcessCouldBeHad) {
  add({}, LifeState::Notified, shm::ProcessIndex::None);
  can_fork_ = false;
  deputy();
  const std::uint64_t now = shm::now_ns();
  const std::uint64_t next = deputy().act(now);
  EXPECT_EQ(tries_, 1);
  EXPECT_GE(next, now + runtime::kOthersWait_ns);
  can_fork_ = true;
  deputy().act(next);
  EXPECT_EQ(forked_.size(), 1u);
}

TEST_F(ForkServerDeputyTest, WaitsForTheBackoffAndGivesTheRestartBackAtItsEnd) {
  const CreateOptions options{.supervise = {.backoff = 20s, .backoff_max = 20s}};
  const shm::ActorId actor = add(options, LifeState::Notified, shm::ProcessIndex::None);
  segment_.slot(actor.index).window_since_ns.store_relaxed(shm::now_ns());
  segment_.slot(actor.index).restarts.store_relaxed(3);
  deputy();
  const std::uint64_t now = shm::now_ns();
  const std::uint64_t next = deputy().act(now);
  EXPECT_EQ(tries_, 0);
  EXPECT_GT(next, now + 10'000'000'000);
  EXPECT_EQ(life(actor).host, own().index);
  end_deputy();
  EXPECT_EQ(life(actor).state, LifeState::Notified);
  EXPECT_EQ(life(actor).host, shm::ProcessIndex::None);
}

TEST_F(ForkServerDeputyTest, ClosesAnActorWhosePolicySaysSo) {
  const CreateOptions options{.supervise = {.on_crash = buskin::Decision::Stop}};
  const MemberId dead = join(shm::Role::Actors, kProgram);
  const shm::ActorId actor = add(options, LifeState::Active, dead.index);
  kill(dead);
  const std::uint64_t end = shm::now_ns() + kWatchdog_ns;
  while (shm::is_open(segment_, actor) && shm::now_ns() < end) deputy().act(shm::now_ns());
  EXPECT_FALSE(shm::is_open(segment_, actor));
  EXPECT_EQ(tries_, 0);
}

TEST_F(ForkServerDeputyTest, CountsAChildThatDiedBeforeItReachedItsActor) {
  const shm::ActorId actor = add({}, LifeState::Notified, shm::ProcessIndex::None);
  deputy().act(shm::now_ns());
  ASSERT_EQ(forked_.size(), 1u);
  const auto before = segment_.slot(actor.index).restarts_total.load_relaxed();
  const runtime::ForkSpec spec = forked_[0];
  forked_.clear();
  deputy().child_ended(buskin::test::dead_pid(), spec, {"it died", {}});
  EXPECT_EQ(segment_.slot(actor.index).restarts_total.load_relaxed(), before + 1);
  act_until_forked();
  EXPECT_EQ(forked_[0].actor, actor);
}

TEST_F(ForkServerDeputyTest, ForksNothingInASystemThatEnds) {
  shm::set_ending(segment_, true);
  add({}, LifeState::Notified, shm::ProcessIndex::None);
  deputy().act(shm::now_ns());
  EXPECT_EQ(tries_, 0);
}

}  // namespace fork_server_deputy_test
