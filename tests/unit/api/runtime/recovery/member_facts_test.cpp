// reaper_role: which process repairs at once.
#include "api/runtime/recovery/member_facts.hpp"

#include <gtest/gtest.h>

#include "shm/segment/system_words.hpp"
#include "tests/support/members_fixture.hpp"

namespace {

namespace shm = buskin::shm;
namespace runtime = buskin::runtime;
using shm::MemberId;

class MemberFacts : public buskin::test::MembersFixture {};

TEST_F(MemberFacts, TellsTwoLivesOfAnEntryApart) {
  const MemberId first = join(shm::Role::Admin);
  leave(first);
  const MemberId second = join(shm::Role::Admin);
  ASSERT_EQ(first.index, second.index);
  EXPECT_FALSE(runtime::is_there(segment_, first));
  EXPECT_FALSE(runtime::lives(segment_, first, paths_));
  EXPECT_TRUE(runtime::lives(segment_, second, paths_));
}

TEST_F(MemberFacts, ADeadProcessIsThereUntilItIsRepaired) {
  const MemberId dead = join_dead(shm::Role::Actors);
  EXPECT_TRUE(runtime::is_there(segment_, dead));
  EXPECT_FALSE(runtime::lives(segment_, dead, paths_));
}

TEST_F(MemberFacts, TheServerOfAProgramIsOneThatLives) {
  constexpr std::uint64_t kOther = 9;
  EXPECT_EQ(runtime::server_of(segment_, kProgram, paths_), ::getpid());
  EXPECT_EQ(runtime::server_of(segment_, kOther, paths_), 0);
  (void)join(shm::Role::Client, kOther);
  EXPECT_EQ(runtime::server_of(segment_, kOther, paths_), 0);
  (void)join_dead(shm::Role::ForkServer, kOther);
  EXPECT_EQ(runtime::server_of(segment_, kOther, paths_), 0);
}

TEST_F(MemberFacts, ASystemStopsWhenItEndsOrIsToldTo) {
  EXPECT_FALSE(runtime::is_stopping(segment_));
  shm::set_ending(segment_, true);
  EXPECT_TRUE(runtime::is_stopping(segment_));
}

}  // namespace
