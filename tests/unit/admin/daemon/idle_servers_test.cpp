// IdleServers: which fork server ends, and when.
#include "admin/daemon/idle_servers.hpp"

#include "daemon_fixture.hpp"

namespace admin_unit {
namespace {

class IdleServersTest : public DaemonFixture {
 protected:
  IdleServersTest() { (void)programs_.add(server_.server()); }

  FakeServer server_ = make_server();
  Programs programs_;
  runtime::RestartSchedule schedule_;
  IdleServers idle_{context_, programs_, schedule_};
};

TEST_F(IdleServersTest, AServerThatNobodyUsesEndsAfterTheLingerTime) {
  idle_.tick(clock_ns_);
  EXPECT_EQ(idle_.next_ns(), clock_ns_ + options_.linger_ns);
  idle_.tick(clock_ns_ + options_.linger_ns - 1);
  EXPECT_TRUE(programs_.has(kProgram));
  idle_.tick(clock_ns_ + options_.linger_ns);
  EXPECT_FALSE(programs_.has(kProgram));
  EXPECT_EQ(server_.take<protocol::EndServer>().size(), 1u);
  EXPECT_EQ(idle_.next_ns(), shm::kNever_ns);
}

TEST_F(IdleServersTest, AKeptProgramDoesNotEnd) {
  programs_.keep({"/bin/program", {}, {}});
  idle_.tick(clock_ns_);
  idle_.tick(clock_ns_ + 2 * options_.linger_ns);
  EXPECT_TRUE(programs_.has(kProgram));
  EXPECT_EQ(idle_.next_ns(), shm::kNever_ns);
}

TEST_F(IdleServersTest, ItsTimeBeginsAgainAfterEachUse) {
  const shm::ActorId actor = request_actor();
  idle_.tick(clock_ns_);
  schedule_.add_waiting(actor, clock_ns_);
  idle_.tick(clock_ns_ + options_.linger_ns);
  schedule_.remove(actor);
  idle_.tick(clock_ns_ + options_.linger_ns + 1);
  EXPECT_TRUE(programs_.has(kProgram));
  EXPECT_EQ(idle_.next_ns(), clock_ns_ + 2 * options_.linger_ns + 1);
}

TEST_F(IdleServersTest, AServerThatOwesARestartDoesNotEnd) {
  const shm::ActorId actor = lost_actor();
  move(actor, shm::LifeState::Notified, shm::LifeState::Notified, server_.server().member.index);
  idle_.tick(clock_ns_);
  idle_.tick(clock_ns_ + options_.linger_ns);
  EXPECT_TRUE(programs_.has(kProgram));
  EXPECT_EQ(idle_.next_ns(), clock_ns_ + 2 * options_.linger_ns);
}

TEST_F(IdleServersTest, AnActorProcessOfTheProgramUsesIt) {
  ASSERT_NE(members_.meet(dead_member(shm::Role::Actors)), nullptr);
  idle_.tick(clock_ns_);
  idle_.tick(clock_ns_ + options_.linger_ns);
  EXPECT_TRUE(programs_.has(kProgram));
}

}  // namespace
}  // namespace admin_unit
