// lock_byte_test: the byte is locked exactly as long as the address space lives that took it.
#include <gtest/gtest.h>

#include <fstream>
#include <optional>

#include "shm/os/lock_byte.hpp"
#include "tests/support/scratch.hpp"

namespace buskin::test {
namespace {

class LockByteTest : public ::testing::Test {
 protected:
  bool is_held(std::uint64_t byte = 7) const { return LockByte::is_held(path_, byte); }

  /// In a child: takes the byte, tells so, and does `then`.
  int hold_in_child(const std::function<int()>& then) const {
    const auto taken = LockByte::take(path_, 7);
    if (!taken.ok()) return 1;
    taken_.open();
    return then();
  }

  ScratchFolder folder_;
  std::string path_ = folder_.file("lock");
  Gate taken_;
};

TEST_F(LockByteTest, IsHeldUntilItIsReleased) {
  EXPECT_FALSE(is_held());
  {
    const auto taken = LockByte::take(path_, 7);
    ASSERT_TRUE(taken.ok());
    EXPECT_TRUE(taken.value());
    EXPECT_TRUE(is_held());
  }
  EXPECT_FALSE(is_held());
}

TEST_F(LockByteTest, IsTakenOnce) {
  const auto first = LockByte::take(path_, 7);
  const auto second = LockByte::take(path_, 7);
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().code, LockFault::Held);
}

TEST_F(LockByteTest, LeavesItsNeighboursAlone) {
  const auto taken = LockByte::take(path_, 7);
  EXPECT_FALSE(is_held(6));
  EXPECT_FALSE(is_held(8));
  EXPECT_TRUE(LockByte::take(path_, 8).ok());
}

TEST_F(LockByteTest, MovesWithItsOwner) {
  LockByte first = LockByte::take(path_, 7).value();
  LockByte second = std::move(first);
  EXPECT_FALSE(first);
  EXPECT_TRUE(is_held());
  second = LockByte();
  EXPECT_FALSE(is_held());
}

TEST_F(LockByteTest, IsGivenBackByKill) {
  Child holder([&] { return hold_in_child(sleep_for_ever); });
  ASSERT_TRUE(taken_.wait());
  EXPECT_TRUE(is_held());
  holder.kill();
  EXPECT_FALSE(is_held());
}

TEST_F(LockByteTest, IsKeptByAStoppedProcess) {
  Child holder([&] { return hold_in_child(sleep_for_ever); });
  ASSERT_TRUE(taken_.wait());
  holder.stop();
  EXPECT_TRUE(is_held());
}

TEST_F(LockByteTest, IsNotKeptByAChildOfTheHolder) {
  Gate forked;
  Gate end;
  Gate ended;
  Child holder([&] {
    return hold_in_child([&] {
      if (::fork() != 0) return sleep_for_ever();
      forked.open();
      (void)end.wait();
      ended.open();
      return 0;
    });
  });
  ASSERT_TRUE(forked.wait());
  holder.kill();
  EXPECT_FALSE(is_held()) << "the dead would never look dead";
  end.open();
  EXPECT_TRUE(ended.wait());
}

TEST_F(LockByteTest, IsNotReleasedByAForkedChild) {
  std::optional<LockByte> taken(LockByte::take(path_, 7).value());
  Child child([&] {
    taken.reset();
    return 0;
  });
  EXPECT_EQ(child.wait(), 0);
  EXPECT_TRUE(is_held());
}

/// All but the standard streams and the pipes, which are the gates.
void close_descriptors() {
  constexpr int kDescriptorsMax = 1'024;
  for (int fd = 3; fd < kDescriptorsMax; ++fd) {
    struct stat info {};
    if (::fstat(fd, &info) == 0 && !S_ISFIFO(info.st_mode)) ::close(fd);
  }
}

TEST_F(LockByteTest, SurvivesTheClosingOfAllDescriptors) {
  Gate closed;
  Child holder([&] {
    return hold_in_child([&] {
      close_descriptors();
      closed.open();
      return sleep_for_ever();
    });
  });
  ASSERT_TRUE(closed.wait());
  EXPECT_TRUE(is_held());
}

TEST_F(LockByteTest, SaysHeldWhenTheKernelDoesNotTell) {
  EXPECT_FALSE(LockByte::is_held(folder_.file("absent"), 7));
  std::ofstream(path_) << "a file";
  EXPECT_TRUE(LockByte::is_held(path_ + "/no_folder", 7));
  ASSERT_EQ(::mkfifo(folder_.file("pipe").c_str(), 0600), 0);
  EXPECT_TRUE(LockByte::is_held(folder_.file("pipe"), 7)) << "and the pipe holds nobody up";
}

TEST_F(LockByteTest, CannotBeTakenInAFolderThatIsNotThere) {
  const auto taken = LockByte::take(folder_.file("absent/lock"), 7);
  ASSERT_FALSE(taken.ok());
  EXPECT_EQ(taken.error().code, LockFault::System);
}

}  // namespace
}  // namespace buskin::test
