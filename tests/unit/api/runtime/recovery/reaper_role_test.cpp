// reaper_role: which process repairs at once.
#include "api/runtime/recovery/reaper_role.hpp"

#include <gtest/gtest.h>

#include "shm/segment/system_words.hpp"
#include "tests/support/members_fixture.hpp"

namespace {

namespace shm = buskin::shm;
namespace runtime = buskin::runtime;
using shm::MemberId;

class ReaperRole : public buskin::test::MembersFixture {
 protected:
  runtime::SystemPaths paths_;
};

TEST_F(ReaperRole, IsTakenFromNobody) {
  EXPECT_TRUE(runtime::take_reaper_role(segment_, own(), paths_));
  EXPECT_EQ(runtime::reaper_of(segment_), own());
  EXPECT_TRUE(runtime::take_reaper_role(segment_, own(), paths_)) << "its holder has it already";
}

TEST_F(ReaperRole, IsNotTakenFromALivingProcess) {
  const MemberId other = join(shm::Role::Admin);
  ASSERT_TRUE(runtime::take_reaper_role(segment_, other, paths_));
  EXPECT_FALSE(runtime::take_reaper_role(segment_, own(), paths_));
  EXPECT_EQ(runtime::reaper_of(segment_), other);
}

TEST_F(ReaperRole, IsTakenFromADeadProcess) {
  const MemberId other = join(shm::Role::Admin);
  ASSERT_TRUE(runtime::take_reaper_role(segment_, other, paths_));
  kill(other);
  EXPECT_TRUE(runtime::take_reaper_role(segment_, own(), paths_));
}

TEST_F(ReaperRole, IsTakenFromAProcessThatHasLeft) {
  const MemberId other = join(shm::Role::Admin);
  ASSERT_TRUE(runtime::take_reaper_role(segment_, other, paths_));
  leave(other);
  EXPECT_TRUE(runtime::take_reaper_role(segment_, own(), paths_));
}

TEST_F(ReaperRole, IsHandedOnOnlyByItsHolder) {
  const MemberId admin = join(shm::Role::Admin);
  runtime::hand_reaper_role(segment_, own(), admin);
  EXPECT_NE(runtime::reaper_of(segment_), admin);
  ASSERT_TRUE(runtime::take_reaper_role(segment_, own(), paths_));
  runtime::hand_reaper_role(segment_, own(), admin);
  EXPECT_EQ(runtime::reaper_of(segment_), admin);
}

TEST_F(ReaperRole, TellsTwoLivesOfAnEntryApart) {
  const MemberId first = join(shm::Role::Admin);
  leave(first);
  const MemberId second = join(shm::Role::Admin);
  ASSERT_EQ(first.index, second.index);
  EXPECT_FALSE(runtime::is_there(segment_, first));
  EXPECT_FALSE(runtime::lives(segment_, first, paths_));
  EXPECT_TRUE(runtime::lives(segment_, second, paths_));
}

TEST_F(ReaperRole, ADeadProcessIsThereUntilItIsRepaired) {
  const MemberId dead = join_dead(shm::Role::Actors);
  EXPECT_TRUE(runtime::is_there(segment_, dead));
  EXPECT_FALSE(runtime::lives(segment_, dead, paths_));
}

TEST_F(ReaperRole, TheServerOfAProgramIsOneThatLives) {
  constexpr std::uint64_t kOther = 9;
  EXPECT_EQ(runtime::server_of(segment_, kProgram, paths_), ::getpid());
  EXPECT_EQ(runtime::server_of(segment_, kOther, paths_), 0);
  (void)join(shm::Role::Client, kOther);
  EXPECT_EQ(runtime::server_of(segment_, kOther, paths_), 0);
  (void)join_dead(shm::Role::ForkServer, kOther);
  EXPECT_EQ(runtime::server_of(segment_, kOther, paths_), 0);
}

TEST_F(ReaperRole, ASystemStopsWhenItEndsOrIsToldTo) {
  EXPECT_FALSE(runtime::is_stopping(segment_));
  shm::set_ending(segment_, true);
  EXPECT_TRUE(runtime::is_stopping(segment_));
}

}  // namespace
