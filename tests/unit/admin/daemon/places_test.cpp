// Places: the shared processes and what was sent to each.
#include "admin/daemon/places.hpp"

#include <gtest/gtest.h>

namespace {

using buskin::admin::Places;
using buskin::admin::SharedProcess;
using buskin::shm::ActorId;
using buskin::shm::ActorIndex;

ActorId actor(std::uint32_t number) {
  return {static_cast<ActorIndex>(number), 0};
}
bool nobody(ActorId) {
  return false;
}

TEST(Places, ThereIsOneForEachNameAndProgram) {
  Places places;
  places.start_at(100);
  const std::uint64_t id = places.of("workers", 1).id;
  EXPECT_EQ(id, 101u);
  EXPECT_EQ(places.of("workers", 1).id, id);
  EXPECT_NE(places.of("workers", 2).id, id);
  EXPECT_NE(places.of("others", 1).id, id);
}

TEST(Places, CountsAndRemembersWhatWasSent) {
  Places places;
  SharedProcess& place = places.of("workers", 1);
  Places::note(place, actor(1), nobody);
  Places::note(place, actor(2), nobody);
  EXPECT_EQ(place.sent, 2u);
  const std::uint64_t id = place.id;
  EXPECT_EQ(places.take(id), (std::vector<ActorId>{actor(1), actor(2)}));
  EXPECT_EQ(places.find(id), nullptr);
  EXPECT_TRUE(places.take(id).empty());
}

TEST(Places, ForgetsHostedActorsBeforeItsMemoryGrowsWithoutBound) {
  Places places;
  SharedProcess& place = places.of("workers", 1);
  for (std::uint32_t i = 1; i <= 100'000; ++i) Places::note(place, actor(i), [](ActorId) { return true; });
  EXPECT_EQ(place.sent, 100'000u);
  EXPECT_LE(place.on_their_way.capacity(), 2'048u);
  EXPECT_EQ(place.on_their_way.back(), actor(100'000));
}

TEST(Places, APlaceOfAFormerAdminKeepsItsNumber) {
  Places places;
  places.start_at(1'000);
  places.adopt({.id = 5, .name = "workers", .program = 1, .sent = 3});
  places.adopt({.id = 5, .name = "workers", .program = 1, .sent = 9});
  ASSERT_NE(places.find(5), nullptr);
  EXPECT_EQ(places.find(5)->sent, 3u);
  EXPECT_EQ(places.of("workers", 1).id, 5u);
}

TEST(Places, FindsAPlaceByItsMailboxAndThoseWithoutOneByTheirProgram) {
  Places places;
  const std::uint64_t ready = places.of("ready", 1).id;
  places.find(ready)->mailbox = actor(9);
  const std::uint64_t waiting = places.of("waiting", 1).id;
  (void)places.of("other", 2);
  EXPECT_EQ(places.find_by([](ActorId mailbox) { return mailbox == actor(9); }), ready);
  EXPECT_EQ(places.find_by(nobody), 0u);
  EXPECT_EQ(places.unready(1), std::vector<std::uint64_t>{waiting});
}

}  // namespace
