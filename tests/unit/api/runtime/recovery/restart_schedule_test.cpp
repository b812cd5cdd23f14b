// RestartSchedule: what is due when, what waits for a program, whose process was asked for.
#include "api/runtime/recovery/restart_schedule.hpp"

#include <gtest/gtest.h>

namespace {

namespace shm = buskin::shm;
using buskin::shm::MemberId;
using buskin::runtime::RestartSchedule;
using Actors = std::vector<shm::ActorId>;

constexpr shm::ActorId actor(std::uint32_t index, std::uint32_t gen = 1) {
  return {static_cast<shm::ActorIndex>(index), gen};
}
constexpr MemberId kServer{shm::ProcessIndex{3}, 1};
constexpr MemberId kOtherServer{shm::ProcessIndex{3}, 2};

TEST(RestartSchedule, GivesOutWhatIsDueInTheOrderOfItsTime) {
  RestartSchedule schedule;
  schedule.add_due(actor(1), 30);
  schedule.add_due(actor(2), 10);
  schedule.add_due(actor(3), 20);
  EXPECT_EQ(schedule.next_due_ns(), 10u);
  EXPECT_EQ(schedule.take_due(20), (Actors{actor(2), actor(3)}));
  EXPECT_EQ(schedule.next_due_ns(), 30u);
  EXPECT_TRUE(schedule.take_due(29).empty());
  EXPECT_EQ(schedule.take_due(30), Actors{actor(1)});
  EXPECT_EQ(schedule.next_due_ns(), shm::kNever_ns);
  EXPECT_TRUE(schedule.is_empty());
}

TEST(RestartSchedule, KeepsTwoActorsThatAreDueAtTheSameTime) {
  RestartSchedule schedule;
  schedule.add_due(actor(1), 10);
  schedule.add_due(actor(2), 10);
  EXPECT_EQ(schedule.take_due(10).size(), 2u);
}

TEST(RestartSchedule, MovesAnActorThatIsAddedAgain) {
  RestartSchedule schedule;
  schedule.add_due(actor(1), 10);
  schedule.add_due(actor(1), 20);
  EXPECT_TRUE(schedule.take_due(10).empty());
  EXPECT_EQ(schedule.take_due(20), Actors{actor(1)});
}

TEST(RestartSchedule, HasAnActorInOneBookOnly) {
  RestartSchedule schedule;
  schedule.add_waiting(actor(1), 1);
  schedule.add_due(actor(1), 10);
  EXPECT_FALSE(schedule.is_waiting(actor(1)));
  schedule.add_asked(actor(1), kServer);
  EXPECT_TRUE(schedule.take_due(10).empty());
  EXPECT_TRUE(schedule.is_asked(actor(1)));
  schedule.add_waiting(actor(1), 2);
  EXPECT_FALSE(schedule.is_asked(actor(1)));
  EXPECT_EQ(schedule.all(), Actors{actor(1)});
}

TEST(RestartSchedule, ForgetsAnActorWhateverItWaitsFor) {
  RestartSchedule schedule;
  schedule.add_due(actor(1), 10);
  schedule.add_waiting(actor(2), 1);
  schedule.add_asked(actor(3), kServer);
  for (std::uint32_t i = 1; i <= 3; ++i) {
    EXPECT_TRUE(schedule.contains(actor(i)));
    schedule.remove(actor(i));
    EXPECT_FALSE(schedule.contains(actor(i)));
  }
  schedule.remove(actor(4));
  EXPECT_TRUE(schedule.is_empty());
}

TEST(RestartSchedule, TellsTwoLivesOfASlotApart) {
  RestartSchedule schedule;
  schedule.add_due(actor(1, 1), 10);
  EXPECT_FALSE(schedule.contains(actor(1, 2)));
}

TEST(RestartSchedule, CountsTheWaitFromItsBeginningWhenAnActorWaitsOnceMore) {
  RestartSchedule schedule;
  schedule.add_waiting(actor(1), 5);
  schedule.add_waiting(actor(1), 8);
  schedule.retry_waiting([&](shm::ActorId one) { schedule.add_waiting(one, 9); });
  EXPECT_EQ(schedule.next_waiting_ns(10, 9), 15u);
  EXPECT_TRUE(schedule.waiting_for(10, 14).empty());
  EXPECT_EQ(schedule.waiting_for(10, 15), Actors{actor(1)});
  EXPECT_EQ(schedule.next_waiting_ns(10, 15), shm::kNever_ns);
}

TEST(RestartSchedule, DoesNotKeepAWaitingActorThatWasStarted) {
  RestartSchedule schedule;
  schedule.add_waiting(actor(1), 5);
  schedule.add_waiting(actor(2), 5);
  Actors tried;
  schedule.retry_waiting([&](shm::ActorId one) {
    tried.push_back(one);
    if (one == actor(2)) schedule.add_asked(one, kServer);
  });
  EXPECT_EQ(tried, (Actors{actor(1), actor(2)}));
  EXPECT_FALSE(schedule.contains(actor(1)));
  EXPECT_TRUE(schedule.is_asked(actor(2)));
}

TEST(RestartSchedule, DoesNotCallAWaitExpiredThatBeganAfterTheTimeGiven) {
  RestartSchedule schedule;
  schedule.add_waiting(actor(1), 20);
  EXPECT_TRUE(schedule.waiting_for(10, 15).empty());
}

TEST(RestartSchedule, TakesOutWhatWasAskedOfOneServer) {
  RestartSchedule schedule;
  schedule.add_asked(actor(1), kServer);
  schedule.add_asked(actor(2), kOtherServer);
  schedule.add_asked(actor(3), kServer);
  EXPECT_EQ(schedule.take_asked_of(kServer), (Actors{actor(1), actor(3)}));
  EXPECT_EQ(schedule.all(), Actors{actor(2)});
}

}  // namespace
