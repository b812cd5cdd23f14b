// ServerRegistration: which fork server is accepted, and what it brings with it.
#include "admin/daemon/server_registration.hpp"

#include "parts_fixture.hpp"

namespace admin_unit {
namespace {

class ServerRegistrationTest : public PartsFixture {
 protected:
  /// An entry of the process table for a process that lives: the test itself.
  shm::MemberId living_member() {
    const shm::MemberId member = dead_member(shm::Role::ForkServer);
    segment().process(member.index).pid.write(static_cast<std::uint32_t>(::getpid()));
    segment().process(member.index).start_time.write(shm::start_time_of(::getpid()));
    return member;
  }
  bool add(const FakeServer& server, const std::vector<std::uint64_t>& children = {}) {
    const Server& one = server.server();
    flatbuffers::FlatBufferBuilder builder;
    const std::vector<std::uint64_t> types{kType};
    const auto names = builder.CreateVectorOfStrings({"Type"});
    const auto path = builder.CreateString(one.path);
    const auto type_ids = builder.CreateVector(types);
    const auto living = builder.CreateVector(children);
    builder.Finish(protocol::CreateRegister(builder, one.program, path, one.mailbox.word(),
                                            static_cast<std::uint32_t>(shm::to_bits(one.member.index)), one.member.gen,
                                            type_ids, names, living));
    return registration_.add(*flatbuffers::GetRoot<protocol::Register>(builder.GetBufferPointer()));
  }
  FakeServer server_of(shm::MemberId member) { return {host_, kProgram, member, "/bin/program"}; }

  ServerRegistration registration_{context_, phases_, programs_, schedule_, deaths_};
};

TEST_F(ServerRegistrationTest, TheFirstForkServerOfAProgramIsAcceptedAndTheSecondRefused) {
  FakeServer first = server_of(living_member());
  FakeServer second = server_of(living_member());
  EXPECT_TRUE(add(first));
  EXPECT_TRUE(add(second));
  EXPECT_TRUE(first.take<protocol::Registered>()[0].accepted());
  EXPECT_FALSE(second.take<protocol::Registered>()[0].accepted());
  ASSERT_NE(programs_.choose(kType, kProgram), nullptr);
  EXPECT_EQ(programs_.choose(kType, kProgram)->member, first.server().member);
}

TEST_F(ServerRegistrationTest, TheSuccessorOfADeadForkServerIsAcceptedBeforeTheDeathIsReported) {
  FakeServer dead = server_of(dead_member(shm::Role::ForkServer));
  (void)programs_.add(dead.server());
  FakeServer successor = server_of(living_member());
  EXPECT_TRUE(add(successor));
  EXPECT_TRUE(successor.take<protocol::Registered>()[0].accepted());
  EXPECT_EQ(programs_.find(kProgram)->member, successor.server().member);
}

TEST_F(ServerRegistrationTest, AnActorThatAChildWasForkedForDoesNotGetAnotherProcess) {
  const shm::ActorId on_its_way = request_actor();
  const shm::ActorId lives = request_actor();
  move(lives, shm::LifeState::Requested, shm::LifeState::Active, shm::ProcessIndex{9});
  FakeServer server = server_of(living_member());
  EXPECT_TRUE(add(server, {on_its_way.word(), lives.word()}));
  EXPECT_TRUE(schedule_.is_asked(on_its_way));
  EXPECT_FALSE(schedule_.contains(lives));
}

TEST_F(ServerRegistrationTest, ASystemThatEndsAcceptsNoForkServer) {
  (void)phases_.stop(clock_ns_);
  FakeServer server = server_of(living_member());
  EXPECT_TRUE(add(server));
  EXPECT_FALSE(server.take<protocol::Registered>()[0].accepted());
  EXPECT_FALSE(programs_.has(kProgram));
}

TEST_F(ServerRegistrationTest, AForkServerThatHasLeftIsNotAnswered) {
  const shm::MemberId member = living_member();
  segment().process(member.index).word.store_release(shm::ProcessWord{member.gen + 1, shm::ProcessState::Free}.pack());
  FakeServer server = server_of(member);
  EXPECT_FALSE(add(server));
  EXPECT_EQ(server.take_all(), 0u);
}

}  // namespace
}  // namespace admin_unit
