// Placement: which process an actor gets, and what it is told when it gets none.
#include "admin/daemon/placement.hpp"

#include "parts_fixture.hpp"

namespace admin_unit {
namespace {

class PlacementTest : public PartsFixture {
 protected:
  ActorWish shared(const std::string& name) { return {.options = {.place = buskin::shared(name)}}; }
  void ready(std::uint64_t place, shm::ActorId mailbox, std::uint64_t hosted = 0) {
    flatbuffers::FlatBufferBuilder builder;
    builder.Finish(protocol::CreatePlaceReadyDirect(builder, place, mailbox.word(), hosted, "workers", kProgram));
    placement_.open_place(*flatbuffers::GetRoot<protocol::PlaceReady>(builder.GetBufferPointer()));
  }
};

TEST_F(PlacementTest, AnActorGetsAProcessOfItsOwnFromItsFirstForkServer) {
  FakeServer server = make_server();
  (void)programs_.add(server.server());
  const shm::ActorId actor = request_actor();
  placement_.place(actor);
  placement_.place(actor);  // Asked for again by a fork server that died, or by an admin before this one.
  const auto asked = server.take<protocol::ForkActor>();
  ASSERT_EQ(asked.size(), 1u);
  EXPECT_EQ(asked[0].actor(), actor.word());
  EXPECT_EQ(asked[0].place(), 0u);
  EXPECT_TRUE(schedule_.is_asked(actor));
}

TEST_F(PlacementTest, ATypeThatNoProgramHasEndsTheActor) {
  const shm::ActorId actor = request_actor();
  placement_.place(actor);
  EXPECT_FALSE(is_there(actor));
  EXPECT_TRUE(schedule_.is_empty());
}

TEST_F(PlacementTest, AnActorWaitsForAProgramWhoseForkServerDied) {
  programs_.expect(kProgram);
  const shm::ActorId actor = request_actor();
  placement_.place(actor);
  EXPECT_TRUE(schedule_.is_waiting(actor));
}

TEST_F(PlacementTest, AnActorThatHasLivedWaitsForItsProgramHoweverLong) {
  const shm::ActorId actor = lost_actor();
  placement_.place(actor);
  EXPECT_TRUE(schedule_.is_waiting(actor));
  EXPECT_EQ(state_of(actor), shm::LifeState::Notified);
}

TEST_F(PlacementTest, NobodyIsPlacedBeforeThisAdminKnowsWhatAnotherHasLeft) {
  FakeServer server = make_server();
  (void)programs_.add(server.server());
  adoption_.begin(false);
  const shm::ActorId actor = request_actor();
  placement_.place(actor);
  EXPECT_TRUE(schedule_.is_waiting(actor));
}

TEST_F(PlacementTest, AnActorOfASystemThatEndsIsRefused) {
  FakeServer server = make_server();
  (void)programs_.add(server.server());
  (void)phases_.stop(clock_ns_);
  const shm::ActorId actor = request_actor();
  placement_.place(actor);
  EXPECT_FALSE(is_there(actor));
  EXPECT_EQ(server.take_all(), 0u);
}

TEST_F(PlacementTest, ARestartThatAnotherProcessHasIsLeftToIt) {
  FakeServer server = make_server();
  (void)programs_.add(server.server());
  const shm::ActorId actor = lost_actor();
  move(actor, shm::LifeState::Notified, shm::LifeState::Notified, shm::ProcessIndex{9});
  placement_.place(actor);
  EXPECT_EQ(server.take_all(), 0u);
  EXPECT_TRUE(schedule_.is_empty());
}

TEST_F(PlacementTest, AnActorWaitsWhenItsForkServerIsGoneBeforeItIsAsked) {
  FakeServer server = make_server();
  (void)programs_.add(server.server());
  server.close();
  const shm::ActorId actor = request_actor();
  placement_.place(actor);
  EXPECT_TRUE(schedule_.is_waiting(actor));
}

TEST_F(PlacementTest, TheFirstActorOfAPlaceIsForkedAndTheOthersFollowItWhenItIsReady) {
  FakeServer server = make_server();
  FakeServer place = make_server(8);
  (void)programs_.add(server.server());
  const shm::ActorId first = request_actor(shared("workers"));
  const shm::ActorId second = request_actor(shared("workers"));
  placement_.place(first);
  placement_.place(second);
  const auto asked = server.take<protocol::ForkActor>();
  ASSERT_EQ(asked.size(), 1u);
  EXPECT_EQ(asked[0].actor(), first.word());
  EXPECT_NE(asked[0].place(), 0u);
  ready(asked[0].place(), place.id());
  const shm::ActorId third = request_actor(shared("workers"));
  placement_.place(third);
  const auto hosted = place.take<protocol::HostActor>();
  ASSERT_EQ(hosted.size(), 2u);
  EXPECT_EQ(hosted[0].actor(), second.word());
  EXPECT_EQ(hosted[1].actor(), third.word());
}

TEST_F(PlacementTest, AnActorThatIsSentToAPlaceWaitsForNothingElse) {
  FakeServer server = make_server();
  FakeServer place = make_server(8);
  (void)programs_.add(server.server());
  ready(3, place.id());
  const shm::ActorId actor = request_actor(shared("workers"));
  schedule_.add_waiting(actor, clock_ns_);
  placement_.place(actor);
  EXPECT_EQ(place.take<protocol::HostActor>().size(), 1u);
  EXPECT_FALSE(schedule_.contains(actor));
}

TEST_F(PlacementTest, APlaceEndsOnlyWhenItHasHostedAllThatItWasSent) {
  FakeServer server = make_server();
  FakeServer place = make_server(8);
  (void)programs_.add(server.server());
  placement_.place(request_actor(shared("workers")));
  const std::uint64_t id = server.take<protocol::ForkActor>()[0].place();
  ready(id, place.id());
  placement_.place(request_actor(shared("workers")));
  (void)place.take_all();
  placement_.end_place_if_empty(protocol::PlaceEmpty(id, 1));
  EXPECT_EQ(place.take_all(), 0u);
  placement_.end_place_if_empty(protocol::PlaceEmpty(id, 2));
  const auto ended = place.take<protocol::EndPlace>();
  ASSERT_EQ(ended.size(), 1u);
  EXPECT_EQ(ended[0].place(), id);
}

TEST_F(PlacementTest, APlaceThatAFormerAdminHadForkedTakesTheNextActor) {
  FakeServer server = make_server();
  FakeServer place = make_server(8);
  (void)programs_.add(server.server());
  ready(3, place.id(), 4);
  placement_.place(request_actor(shared("workers")));
  EXPECT_EQ(place.take<protocol::HostActor>().size(), 1u);
  EXPECT_EQ(server.take_all(), 0u);
}

TEST_F(PlacementTest, WhatAGonePlaceHadNotHostedIsReturned) {
  FakeServer server = make_server();
  (void)programs_.add(server.server());
  const shm::ActorId first = request_actor(shared("workers"));
  const shm::ActorId second = request_actor(shared("workers"));
  placement_.place(first);
  placement_.place(second);
  move(first, shm::LifeState::Requested, shm::LifeState::Active, shm::ProcessIndex{9});
  const std::uint64_t id = server.take<protocol::ForkActor>()[0].place();
  EXPECT_EQ(placement_.unready_places(kProgram), std::vector<std::uint64_t>{id});
  EXPECT_EQ(placement_.remove_place(id), std::vector<shm::ActorId>{second});
  EXPECT_TRUE(placement_.remove_place(id).empty());
}

TEST_F(PlacementTest, AnActorSentToAPlaceWhoseProcessIsGoneGetsAnotherOne) {
  FakeServer server = make_server();
  FakeServer place = make_server(8);
  (void)programs_.add(server.server());
  const shm::ActorId first = request_actor(shared("workers"));
  placement_.place(first);
  ready(server.take<protocol::ForkActor>()[0].place(), place.id());
  schedule_.remove(first);  // Its process has joined.
  place.close();            // It died, and another process has repaired it.
  const shm::ActorId second = request_actor(shared("workers"));
  placement_.place(second);
  const auto asked = server.take<protocol::ForkActor>();
  ASSERT_EQ(asked.size(), 1u);
  EXPECT_EQ(asked[0].actor(), first.word());
  EXPECT_EQ(placement_.remove_place(asked[0].place()), (std::vector<shm::ActorId>{first, second}));
}

/// There is no memory for a message, once the test says so.
class FullPlacementTest : public PartsFixture {
 protected:
  FullPlacementTest() : PartsFixture(buskin::test::with_units(buskin::test::kHostTables, 24)) {}
  ~FullPlacementTest() override { make_room(); }

  void fill() {
    for (const std::uint64_t bytes : {16'000u, 1'024u, 768u, 512u, 384u, 256u, 192u, 128u, 64u}) {
      // Ends: when a further block would need a unit.
      for (auto made = thread().heap().allocate(bytes); made.ok(); made = thread().heap().allocate(bytes)) {
        held_.push_back(made.value());
      }
    }
  }
  void make_room() {
    for (const shm::Handle block : std::exchange(held_, {})) thread().heap().free(block);
  }

  ActorWish shared_ = {.options = {.place = buskin::shared("workers")}};
  std::vector<shm::Handle> held_;
};

TEST_F(FullPlacementTest, AnActorThatHasLivedWaitsForMemoryAndIsTriedAgain) {
  FakeServer server = make_server();
  (void)programs_.add(server.server());
  const shm::ActorId actor = lost_actor();
  fill();
  placement_.place(actor);
  ASSERT_EQ(state_of(actor), shm::LifeState::Notified);
  ASSERT_NE(schedule_.next_due_ns(), shm::kNever_ns);
  make_room();
  pass(kSecond_ns);
  restarts_.tick(clock_ns_);
  EXPECT_EQ(server.take<protocol::ForkActor>().size(), 1u);
}

TEST_F(FullPlacementTest, AnActorThatHasNotLivedEnds) {
  FakeServer server = make_server();
  (void)programs_.add(server.server());
  const shm::ActorId actor = request_actor();
  fill();
  placement_.place(actor);
  EXPECT_FALSE(is_there(actor));
  EXPECT_TRUE(schedule_.is_empty());
}

TEST_F(FullPlacementTest, APlaceCountsNoActorThatWasNotSent) {
  FakeServer server = make_server();
  FakeServer place = make_server(8);
  (void)programs_.add(server.server());
  placement_.place(request_actor(shared_));
  const std::uint64_t id = server.take<protocol::ForkActor>()[0].place();
  flatbuffers::FlatBufferBuilder builder;
  builder.Finish(protocol::CreatePlaceReadyDirect(builder, id, place.id().word(), 1, "workers", kProgram));
  placement_.open_place(*flatbuffers::GetRoot<protocol::PlaceReady>(builder.GetBufferPointer()));
  const shm::ActorId actor = lost_actor(shared_);
  fill();
  placement_.place(actor);
  EXPECT_EQ(state_of(actor), shm::LifeState::Notified);
  EXPECT_TRUE(schedule_.contains(actor));
  placement_.end_place_if_empty(protocol::PlaceEmpty(id, 1));
  make_room();
  EXPECT_EQ(place.take_all(), 0u);
  placement_.end_place_if_empty(protocol::PlaceEmpty(id, 1));  // Without an answer the place reports it again.
  EXPECT_EQ(place.take<protocol::EndPlace>().size(), 1u);
}

}  // namespace
}  // namespace admin_unit
