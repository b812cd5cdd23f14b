// reaper_role: which process repairs at once.
#include "api/runtime/recovery/reaper_role.hpp"

#include <gtest/gtest.h>

#include "tests/support/members_fixture.hpp"

namespace {

namespace shm = buskin::shm;
namespace runtime = buskin::runtime;
using shm::MemberId;

class ReaperRole : public buskin::test::MembersFixture {};

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

}  // namespace
