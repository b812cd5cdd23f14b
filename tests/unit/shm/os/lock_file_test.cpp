// lock_file_test: which files are opened for their locks, and what is said about the others.
#include "shm/os/lock_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>

#include "tests/support/scratch.hpp"

namespace buskin::test {
namespace {

class LockFileTest : public ::testing::Test {
 protected:
  using Opened = Result<int, LockFileError>;

  /// Closes it at once. True when it was opened.
  static bool is_opened(const Opened& opened) { return opened.ok() && ::close(opened.value()) == 0; }

  void expect_refused(const std::string& why) const {
    for (const Opened& opened : {open_lock_file(path_), find_lock_file(path_)}) {
      ASSERT_FALSE(is_opened(opened));
      EXPECT_FALSE(opened.error().is_missing);
      EXPECT_EQ(opened.error().sentence, "cannot open " + path_ + ": " + why);
    }
  }

  ScratchFolder folder_;
  std::string path_ = folder_.file("lock");
  const std::string other_kind_ = "it is not a regular file; remove it, or choose another system name";
};

TEST_F(LockFileTest, IsMadeForItsUserAlone) {
  ASSERT_TRUE(is_opened(open_lock_file(path_)));
  struct stat info {};
  ASSERT_EQ(::stat(path_.c_str(), &info), 0);
  EXPECT_TRUE(S_ISREG(info.st_mode));
  EXPECT_EQ(info.st_mode & 07777, 0600u);
  EXPECT_TRUE(is_opened(open_lock_file(path_)));
}

TEST_F(LockFileTest, IsNotMadeByALook) {
  const auto found = find_lock_file(path_);
  ASSERT_FALSE(found.ok());
  EXPECT_TRUE(found.error().is_missing);
  EXPECT_NE(::access(path_.c_str(), F_OK), 0);
  ASSERT_TRUE(is_opened(open_lock_file(path_)));
  EXPECT_TRUE(is_opened(find_lock_file(path_)));
}

TEST_F(LockFileTest, IsNotALink) {
  std::ofstream(folder_.file("other")) << "a file";
  ASSERT_EQ(::symlink(folder_.file("other").c_str(), path_.c_str()), 0);
  expect_refused(other_kind_);
}

TEST_F(LockFileTest, IsNotADirectory) {
  ASSERT_EQ(::mkdir(path_.c_str(), 0700), 0);
  expect_refused(other_kind_);
}

TEST_F(LockFileTest, IsNotAPipeWhichWouldHoldUsUp) {
  ASSERT_EQ(::mkfifo(path_.c_str(), 0600), 0);
  expect_refused(other_kind_);
}

TEST_F(LockFileTest, IsRefusedInTheKernelsWordsWhereTheFolderIsAFile) {
  std::ofstream(path_) << "a file";
  path_ += "/lock";
  expect_refused("Not a directory");
}

TEST_F(LockFileTest, IsRefusedToAnotherUser) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can become another user";
  constexpr uid_t kNobody = 65'534;
  ASSERT_TRUE(is_opened(open_lock_file(path_)));
  Child other([&] {
    BUSKIN_REQUIRE(::setuid(kNobody) == 0);
    const auto opened = open_lock_file(path_);
    BUSKIN_REQUIRE(!opened.ok() && !opened.error().is_missing);
    BUSKIN_REQUIRE(opened.error().sentence == "cannot open " + path_ + ": Permission denied");
    return 0;
  });
  EXPECT_EQ(other.wait(), 0);
}

TEST_F(LockFileTest, IsKnownByItsNameUntilItIsReplaced) {
  const int fd = open_lock_file(path_).value();
  EXPECT_TRUE(is_still_named(fd, path_));
  ASSERT_EQ(std::rename(path_.c_str(), folder_.file("moved").c_str()), 0);
  EXPECT_FALSE(is_still_named(fd, path_));
  ASSERT_TRUE(is_opened(open_lock_file(path_)));
  EXPECT_FALSE(is_still_named(fd, path_));
  ::close(fd);
}

}  // namespace
}  // namespace buskin::test
