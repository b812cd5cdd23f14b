// Deaths: reports of an end, in each order in which they can come. The processes are entries of the table whose pid
// was that of a child; the repair is the real one.
#include "admin/daemon/deaths.hpp"

#include <sys/wait.h>

#include <csignal>

#include "api/runtime/recovery/member_facts.hpp"
#include "parts_fixture.hpp"

namespace admin_unit {
namespace {

constexpr std::uint64_t kReported_ns = 20'000'000;

class DeathsTest : public PartsFixture {
 protected:
  DeathsTest() { pass(60 * kSecond_ns); }  // Decisions read the clock of the machine; here all is due.

  /// An actor that process `host` was running.
  shm::ActorId actor_of(shm::MemberId host) {
    const shm::ActorId actor = request_actor();
    move(actor, shm::LifeState::Requested, shm::LifeState::Active, host.index);
    deaths_.process_joined(host, actor);
    return actor;
  }
  protocol::ProcessEnded end_of(shm::MemberId member, shm::ActorId actor, int status = SIGKILL) {
    return {actor.word(), 0, static_cast<std::int32_t>(segment().process(member.index).pid.read()), status};
  }
  std::uint64_t restarts_of(shm::ActorId actor) { return segment().slot(actor.index).restarts_total.load_relaxed(); }

  FakeServer server_ = make_server();
};

TEST_F(DeathsTest, ADeathWaitsForTheReportOfItsForkServer) {
  (void)programs_.add(server_.server());
  const shm::MemberId member = dead_member(shm::Role::Actors);
  const shm::ActorId actor = actor_of(member);
  deaths_.member_gone(member);
  EXPECT_EQ(server_.take_all(), 0u);
  deaths_.process_ended(end_of(member, actor));
  EXPECT_EQ(server_.take<protocol::ForkActor>().size(), 1u);
  EXPECT_EQ(members_.find(member), nullptr);
}

TEST_F(DeathsTest, ADeathIsRepairedWithoutTheReportWhenThatDoesNotCome) {
  (void)programs_.add(server_.server());
  const shm::MemberId member = dead_member(shm::Role::Actors);
  const shm::ActorId actor = actor_of(member);
  deaths_.member_gone(member);
  EXPECT_EQ(deaths_.next_ns(clock_ns_), clock_ns_ + kReported_ns);
  deaths_.tick(clock_ns_ + kReported_ns - 1);
  EXPECT_EQ(server_.take_all(), 0u);
  deaths_.tick(clock_ns_ + kReported_ns);
  EXPECT_EQ(server_.take<protocol::ForkActor>().size(), 1u);
  EXPECT_EQ(restarts_of(actor), 1u);
  EXPECT_EQ(deaths_.next_ns(clock_ns_), shm::kNever_ns);
}

TEST_F(DeathsTest, AReportThatComesAfterTheRepairDoesNotCountTheRestartTwice) {
  (void)programs_.add(server_.server());
  const shm::MemberId member = dead_member(shm::Role::Actors);
  const shm::ActorId actor = actor_of(member);
  const protocol::ProcessEnded report = end_of(member, actor);
  deaths_.member_gone(member);
  deaths_.tick(clock_ns_ + kReported_ns);
  deaths_.process_ended(report);
  EXPECT_EQ(restarts_of(actor), 1u);
  EXPECT_TRUE(schedule_.is_asked(actor));
  EXPECT_EQ(server_.take<protocol::ForkActor>().size(), 1u);
  deaths_.process_ended(report);  // The next process of this pid: it died on its way.
  EXPECT_EQ(restarts_of(actor), 2u);
}

TEST_F(DeathsTest, AProcessThatDiesOnItsWayByASignalIsACrashOfItsActor) {
  (void)programs_.add(server_.server());
  const shm::ActorId actor = request_actor();
  placement_.place(actor);
  (void)server_.take_all();
  deaths_.process_ended({actor.word(), 0, 1, SIGSEGV});
  EXPECT_EQ(server_.take<protocol::ForkActor>().size(), 1u);
}

TEST_F(DeathsTest, AProcessThatExitsOnItsWayRefusesItsActor) {
  (void)programs_.add(server_.server());
  const shm::ActorId actor = request_actor();
  placement_.place(actor);
  deaths_.process_ended({actor.word(), 0, 1, 3 << 8});
  EXPECT_FALSE(is_there(actor));
  EXPECT_TRUE(schedule_.is_empty());
}

TEST_F(DeathsTest, AnActorEndsWhenNoProcessCanBeForkedForIt) {
  (void)programs_.add(server_.server());
  const shm::ActorId actor = request_actor();
  placement_.place(actor);
  deaths_.process_ended({actor.word(), 0, 0, -EAGAIN});
  EXPECT_FALSE(is_there(actor));
}

TEST_F(DeathsTest, ARestartThatTheKernelRefusesWaitsAndCountsOnce) {
  (void)programs_.add(server_.server());
  const shm::MemberId member = dead_member(shm::Role::Actors);
  const shm::ActorId actor = actor_of(member);
  deaths_.process_ended(end_of(member, actor));
  ASSERT_EQ(restarts_of(actor), 1u);
  for (const int status : {-EAGAIN, -EMFILE, runtime::kCouldNotHost << 8}) {
    ASSERT_TRUE(schedule_.is_asked(actor));
    deaths_.process_ended({actor.word(), 0, 1, status});
    EXPECT_TRUE(is_there(actor));
    EXPECT_EQ(restarts_of(actor), 1u);
    EXPECT_EQ(schedule_.next_due_ns(), clock_ns_ + runtime::kRefusedPause_ns);
    pass(runtime::kRefusedPause_ns);
    restarts_.tick(clock_ns_);
  }
}

TEST_F(DeathsTest, WhatADeadForkServerWasAskedForWaitsForTheNextOne) {
  FakeServer server(host_, kProgram, dead_member(shm::Role::ForkServer), "/bin/program");
  (void)programs_.add(server.server());
  const shm::ActorId actor = request_actor();
  placement_.place(actor);
  ASSERT_NE(members_.meet(server.server().member), nullptr);
  deaths_.member_gone(server.server().member);
  EXPECT_FALSE(programs_.has(kProgram));
  EXPECT_TRUE(programs_.is_expected(kProgram));
  EXPECT_TRUE(schedule_.is_waiting(actor));
}

TEST_F(DeathsTest, TheChildrenOfADeadForkServerAreLookedForAtOnce) {
  FakeServer server(host_, kProgram, dead_member(shm::Role::ForkServer), "/bin/program");
  (void)programs_.add(server.server());
  const shm::MemberId child = dead_member(shm::Role::Actors);
  const shm::ActorId actor = request_actor();
  move(actor, shm::LifeState::Requested, shm::LifeState::Active, child.index);
  deaths_.follow_server(server.server());
  EXPECT_EQ(restarts_of(actor), 1u);
  EXPECT_TRUE(schedule_.is_waiting(actor));
  EXPECT_FALSE(runtime::is_there(segment(), child));
}

TEST_F(DeathsTest, ADeadClientIsRepairedAtOnce) {
  const shm::MemberId client = dead_member(shm::Role::Client);
  ASSERT_NE(members_.meet(client), nullptr);
  deaths_.member_gone(client);
  EXPECT_FALSE(runtime::is_there(segment(), client));
}

TEST_F(DeathsTest, ADeathThatAnotherProcessRepairsIsLookedAtAgain) {
  const shm::MemberId client = dead_member(shm::Role::Client);
  ASSERT_NE(members_.meet(client), nullptr);
  // A living process has the claim: the test itself, in a second entry.
  const shm::MemberId repairer = dead_member(shm::Role::Client);
  segment().process(repairer.index).pid.write(static_cast<std::uint32_t>(::getpid()));
  segment().process(repairer.index).start_time.write(shm::start_time_of(::getpid()));
  segment().process(client.index).claim.store_release(repairer.word());
  deaths_.member_gone(client);
  EXPECT_TRUE(runtime::is_there(segment(), client));
  EXPECT_EQ(deaths_.next_ns(clock_ns_), clock_ns_ + kReported_ns);
  segment().process(client.index).claim.store_release(0);
  deaths_.tick(clock_ns_ + kReported_ns);
  EXPECT_FALSE(runtime::is_there(segment(), client));
}

TEST_F(DeathsTest, AProcessThatSaidGoodbyeIsWatchedUntilItsEntryIsFree) {
  const shm::MemberId client = dead_member(shm::Role::Client);
  ASSERT_NE(members_.meet(client), nullptr);
  deaths_.process_leaving(client);
  deaths_.tick(clock_ns_);
  EXPECT_EQ(deaths_.next_ns(clock_ns_), clock_ns_ + kStep_ns);
  segment().process(client.index).word.store_release(shm::ProcessWord{client.gen + 1, shm::ProcessState::Free}.pack());
  deaths_.tick(clock_ns_);
  EXPECT_EQ(deaths_.next_ns(clock_ns_), shm::kNever_ns);
}

}  // namespace
}  // namespace admin_unit
