// Shutdown: each step of the end, as the segment and the fork servers see it.
#include "admin/daemon/shutdown.hpp"

#include <filesystem>
#include <fstream>

#include "api/runtime/lifecycle/close.hpp"
#include "buskin/system_messages.hpp"
#include "parts_fixture.hpp"
#include "shm/segment/system_words.hpp"

namespace admin_unit {
namespace {

class ShutdownTest : public PartsFixture {
 protected:
  ShutdownTest() {
    paths_.segment = folder_.file("segment");
    paths_.log = folder_.file("log");
    paths_.lock = folder_.file("lock");
  }
  std::size_t control_messages(shm::ActorId actor) {
    return shm::pending_count(segment(), actor.index, shm::Lane::Control);
  }

  Shutdown shutdown_{context_, phases_, programs_, deaths_};
};

TEST_F(ShutdownTest, AnActorOfAUserKeepsTheSystemRunning) {
  const shm::ActorId actor = request_actor();
  EXPECT_EQ(shutdown_.tick(clock_ns_), shm::kNever_ns);
  EXPECT_EQ(shutdown_.tick(clock_ns_ + 60 * kSecond_ns), shm::kNever_ns);
  runtime::close_actor(thread(), actor, {buskin::Code::ActorDied, "closed by the test"});
  EXPECT_EQ(shutdown_.tick(clock_ns_), clock_ns_ + kSecond_ns);
}

TEST_F(ShutdownTest, AStopAsksTheTopLevelActorsAndNobodyElse) {
  const shm::ActorId top = request_actor();
  const shm::ActorId child = request_actor({.parent = top});
  FakeServer client = make_server();
  shutdown_.stop(clock_ns_ + kSecond_ns);
  shutdown_.stop(clock_ns_ + kSecond_ns);
  EXPECT_TRUE(shm::is_told_to_stop(segment()));
  EXPECT_EQ(control_messages(top), 1u);
  EXPECT_EQ(control_messages(child), 0u);
  EXPECT_EQ(control_messages(client.id()), 0u);
}

TEST_F(ShutdownTest, AnEndingSystemLetsNobodyJoinAndEndsItsForkServers) {
  FakeServer server = make_server();
  (void)programs_.add(server.server());
  shutdown_.stop(clock_ns_);
  EXPECT_EQ(shutdown_.tick(clock_ns_), clock_ns_);
  EXPECT_TRUE(shm::is_ending(segment()));
  EXPECT_EQ(server.take<protocol::EndServer>().size(), 1u);
  EXPECT_EQ(phases_.phase(), SystemPhases::Phase::Ending);
}

TEST_F(ShutdownTest, RemovesSegmentAndLockFileAndKeepsTheLog) {
  for (const char* name : {"lock", "other"}) std::ofstream(folder_.file(name)) << name;
  shutdown_.stop(clock_ns_);
  (void)shutdown_.tick(clock_ns_);
  (void)shutdown_.tick(clock_ns_ + 1);
  EXPECT_TRUE(phases_.is_over());
  EXPECT_EQ(folder_.files_count(), 2u);
  EXPECT_TRUE(std::filesystem::exists(folder_.file("other")));
  EXPECT_TRUE(std::filesystem::exists(paths_.log));
}

}  // namespace
}  // namespace admin_unit
