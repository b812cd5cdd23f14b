// PendingChecks: due in order, and found by what they name.
#include "api/runtime/fork_server/pending_checks.hpp"

#include <gtest/gtest.h>

namespace {

namespace shm = buskin::shm;
using buskin::shm::MemberId;
using buskin::runtime::PendingCheck;
using buskin::runtime::PendingChecks;

constexpr MemberId kMember{shm::ProcessIndex{2}, 1};
constexpr shm::ActorId kActor{shm::ActorIndex{5}, 1};

TEST(PendingChecks, GivesOutWhatIsDueInTheOrderOfItsTime) {
  PendingChecks checks;
  checks.add({.member = kMember, .end = {"late", {}}}, 20);
  checks.add({.actor = kActor, .end = {"early", {}}}, 10);
  EXPECT_EQ(checks.next_ns(), 10u);
  EXPECT_TRUE(checks.take_due(9).empty());
  const std::vector<PendingCheck> due = checks.take_due(20);
  ASSERT_EQ(due.size(), 2u);
  EXPECT_EQ(due[0].end.sentence, "early");
  EXPECT_EQ(due[1].end.sentence, "late");
  EXPECT_EQ(checks.next_ns(), shm::kNever_ns);
}

TEST(PendingChecks, KnowsWhatItsChecksNameUntilTheLastIsTaken) {
  PendingChecks checks;
  checks.add({.member = kMember, .actor = kActor}, 10);
  checks.add({.actor = kActor}, 20);
  EXPECT_TRUE(checks.has(kMember));
  EXPECT_TRUE(checks.has(kActor));
  (void)checks.take_due(10);
  EXPECT_FALSE(checks.has(kMember));
  EXPECT_TRUE(checks.has(kActor));
  (void)checks.take_due(20);
  EXPECT_FALSE(checks.has(kActor));
}

TEST(PendingChecks, TellsTwoLivesApart) {
  PendingChecks checks;
  checks.add({.member = kMember, .actor = kActor}, 10);
  EXPECT_FALSE(checks.has(MemberId{kMember.index, kMember.gen + 1}));
  EXPECT_FALSE(checks.has(shm::ActorId{kActor.index, kActor.gen + 1}));
}

TEST(PendingChecksDeathTest, RefusesACheckOfNothing) {
  PendingChecks checks;
  EXPECT_DEATH(checks.add({.end = {"nothing", {}}}, 10), "has_member");
}

}  // namespace
