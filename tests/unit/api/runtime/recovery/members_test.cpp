// Members: which processes of the table one process has met.
#include "api/runtime/recovery/members.hpp"

#include <gtest/gtest.h>

#include <csignal>

#include "tests/support/members_fixture.hpp"

namespace {

namespace shm = buskin::shm;
namespace runtime = buskin::runtime;
using shm::MemberId;

class MembersTest : public buskin::test::MembersFixture {
 protected:
  runtime::ProcessWatch watch_{runtime::ProcessWatch::Signals::Left, [] {}};
  runtime::Members members_{segment_, watch_, own().index};
};

TEST_F(MembersTest, KnowsTheFactsOfAProcessThatItMet) {
  const MemberId other = join(shm::Role::Client, 5);
  runtime::Known* const known = members_.meet(other);
  ASSERT_NE(known, nullptr);
  EXPECT_EQ(known->id, other);
  EXPECT_EQ(known->pid, ::getpid());
  EXPECT_EQ(known->role, shm::Role::Client);
  EXPECT_EQ(known->program, 5u);
  EXPECT_EQ(members_.meet(other), known) << "met once more, it is the same";
  EXPECT_EQ(members_.find(other), known);
  EXPECT_EQ(members_.find_pid(::getpid(), {}), known);
}

TEST_F(MembersTest, DoesNotMeetItselfNorAProcessThatHasLeft) {
  const MemberId other = join(shm::Role::Client);
  leave(other);
  EXPECT_EQ(members_.meet(own()), nullptr);
  EXPECT_EQ(members_.meet(other), nullptr);
  EXPECT_TRUE(members_.has_left(other));
}

TEST_F(MembersTest, MeetsAllThatAreThere) {
  const MemberId one = join(shm::Role::Client);
  const MemberId two = join(shm::Role::Actors);
  members_.meet_all();
  EXPECT_NE(members_.find(one), nullptr);
  EXPECT_NE(members_.find(two), nullptr);
  EXPECT_EQ(members_.find(own()), nullptr);
}

TEST_F(MembersTest, ForgetsAProcess) {
  const MemberId other = join(shm::Role::Client);
  (void)members_.meet(other);
  members_.forget(other);
  EXPECT_EQ(members_.find(other), nullptr);
}

TEST_F(MembersTest, TellsTwoLivesOfAnEntryApart) {
  const MemberId first = join(shm::Role::Client);
  (void)members_.meet(first);
  leave(first);
  const MemberId second = join(shm::Role::Client);
  ASSERT_EQ(first.index, second.index);
  EXPECT_EQ(members_.find(second), nullptr);
  EXPECT_NE(members_.meet(second), nullptr);
  EXPECT_EQ(members_.find(first), nullptr);
}

TEST_F(MembersTest, CountsOtherProcessesByTheirRole) {
  (void)join(shm::Role::Client);
  (void)join(shm::Role::Client);
  (void)join(shm::Role::Actors);
  EXPECT_EQ(members_.count(shm::Role::Client), 2u);
  EXPECT_EQ(members_.count(shm::Role::Actors), 1u);
  EXPECT_EQ(members_.count(shm::Role::ForkServer), 0u) << "it does not count itself";
}

TEST_F(MembersTest, DoesNotKillAProcessThatHasGotTheNumberOfAnother) {
  const MemberId other = join(shm::Role::Client);
  runtime::Known known = *members_.meet(other);
  known.start_time += 1;
  members_.kill(known);  // This process lives on.
  EXPECT_FALSE(members_.has_left(other));
}

}  // namespace
