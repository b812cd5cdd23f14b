// Adoption: who is asked, and when enough is known.
#include "admin/daemon/adoption.hpp"

#include <fstream>

#include "daemon_fixture.hpp"

namespace admin_unit {
namespace {

class AdoptionTest : public DaemonFixture {
 protected:
  /// Mailboxes of this process count as those of a fork server.
  void be(shm::Role role) { segment().process(host_.member().index()).role.write(role); }

  runtime::RestartSchedule schedule_;
  Adoption adoption_{context_, schedule_};
};

TEST_F(AdoptionTest, IsSettledWithoutAFormerAdmin) {
  EXPECT_FALSE(adoption_.is_settling());
  EXPECT_EQ(adoption_.next_ns(), shm::kNever_ns);
  EXPECT_FALSE(adoption_.has_answered());
}

TEST_F(AdoptionTest, AsksEveryForkServerAndWaitsForTheLastAnswer) {
  FakeServer one = make_server(1);
  FakeServer two = make_server(2);
  FakeServer own{host_, 3, {}, "the test's third mailbox"};
  be(shm::Role::ForkServer);
  const shm::ActorId actor = request_actor();  // It has nothing to say.
  move(actor, shm::LifeState::Requested, shm::LifeState::Active, context_.own.index);
  adoption_.begin(false);
  EXPECT_EQ(one.take<protocol::RegisterAgain>().size(), 1u);
  EXPECT_EQ(two.take<protocol::RegisterAgain>().size(), 1u);
  EXPECT_TRUE(adoption_.is_awaiting());
  // The three of the test, and the mailbox of the service.
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(adoption_.has_answered()) << i;
  EXPECT_TRUE(adoption_.has_answered());
  adoption_.settle();
  EXPECT_FALSE(adoption_.is_settling());
}

TEST_F(AdoptionTest, DoesNotAskClients) {
  FakeServer client = make_server(1);
  be(shm::Role::Client);
  adoption_.begin(false);
  EXPECT_EQ(client.take_all(), 0u);
  EXPECT_FALSE(adoption_.is_awaiting());
}

TEST_F(AdoptionTest, SettlesWithoutThoseThatDoNotAnswerInTime) {
  adoption_.begin(false);
  EXPECT_FALSE(adoption_.is_overdue(clock_ns_));
  EXPECT_EQ(adoption_.next_ns(), clock_ns_ + 500'000'000);
  EXPECT_TRUE(adoption_.is_overdue(adoption_.next_ns()));
}

TEST_F(AdoptionTest, AnActorThatLivesWithItsParentResumesWithIt) {
  adoption_.begin(true);
  const shm::ActorId named = lost_actor({.options = {.name = "named"}});
  const shm::ActorId plain = lost_actor();
  const shm::ActorId of_named = lost_actor({.options = {.place = buskin::here}, .parent = named});
  const shm::ActorId of_plain = lost_actor({.options = {.place = buskin::here}, .parent = plain});
  adoption_.resume(of_named);
  adoption_.resume(of_plain);
  EXPECT_TRUE(is_there(of_named));
  EXPECT_FALSE(schedule_.contains(of_named));  // Its parent hosts it.
  EXPECT_FALSE(is_there(of_plain));
}

TEST_F(AdoptionTest, SaysHowManyActorsOfADeadSystemResumed) {
  adoption_.begin(true);
  adoption_.resume(lost_actor({.options = {.name = "named"}}));
  adoption_.resume(lost_actor());
  adoption_.end_resuming();
  std::ifstream log(folder_.file("log"));
  const std::string text{std::istreambuf_iterator<char>(log), {}};
  EXPECT_NE(text.find("1 actors wait for their program, 1 ended as system_died"), std::string::npos) << text;
  EXPECT_FALSE(adoption_.is_resuming());
}

}  // namespace
}  // namespace admin_unit
