// segment_refusal_test: what is not our segment is refused, with a sentence that says why.
#include <gtest/gtest.h>

#include <fcntl.h>
#include <grp.h>
#include <sys/stat.h>

#include <cstring>
#include <fstream>

#include "tests/support/scratch.hpp"

namespace buskin::test {
namespace {

constexpr uid_t kNobody = 65'534;

class SegmentRefusalTest : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(Segment::create(path_, tiny_segment()).ok()); }

  /// Overwrites a word of the superblock with `value`.
  template <class Word>
  void put(std::size_t offset, Word value) const {
    const int fd = ::open(path_.c_str(), O_RDWR | O_CLOEXEC);
    EXPECT_EQ(::pwrite(fd, &value, sizeof value, static_cast<off_t>(offset)), ssize_t{sizeof value});
    ::close(fd);
  }

  static void expect_refusal(const Result<Segment, SegmentError>& result, SegmentFault fault,
                             std::initializer_list<const char*> words) {
    ASSERT_FALSE(result.ok());
    EXPECT_EQ(result.error().code, fault) << result.error().detail;
    for (const char* word : words) {
      EXPECT_NE(result.error().detail.find(word), std::string::npos)
          << "'" << word << "' is not in: " << result.error().detail;
    }
  }

  void expect_refused(SegmentFault fault, std::initializer_list<const char*> words) const {
    expect_refusal(Segment::attach(path_), fault, words);
  }

  ScratchFolder folder_;
  std::string path_ = folder_.file("segment");
};

TEST_F(SegmentRefusalTest, NoFile) {
  expect_refusal(Segment::attach(folder_.file("absent")), SegmentFault::NotFound, {"absent", "create it"});
}

TEST_F(SegmentRefusalTest, NoRegularFile) {
  expect_refusal(Segment::attach(folder_.path()), SegmentFault::NotASegment, {"not a regular file"});
  std::filesystem::create_symlink(path_, folder_.file("link"));
  expect_refusal(Segment::attach(folder_.file("link")), SegmentFault::NotASegment, {"not a regular file"});
  ASSERT_EQ(::mkfifo(folder_.file("pipe").c_str(), 0600), 0);
  expect_refusal(Segment::attach(folder_.file("pipe")), SegmentFault::NotASegment, {"not a regular file"});
}

TEST_F(SegmentRefusalTest, ShortFile) {
  std::ofstream(path_, std::ios::trunc) << "hello";
  expect_refused(SegmentFault::NotASegment, {"only 5 bytes"});
  std::ofstream(path_, std::ios::trunc).close();
  expect_refused(SegmentFault::NotASegment, {"only 0 bytes"});
}

TEST_F(SegmentRefusalTest, OtherMagic) {
  put<std::uint64_t>(offsetof(Superblock, magic), 0x1234);
  expect_refused(SegmentFault::NotASegment, {"not a segment", "magic", "0x1234", "0x4e494b5355420a01"});
}

TEST_F(SegmentRefusalTest, OtherByteOrder) {
  put<std::uint64_t>(offsetof(Superblock, magic), 0x010a'4255'534b'494e);
  expect_refused(SegmentFault::OtherVersion, {"byte order"});
}

TEST_F(SegmentRefusalTest, OtherLayoutVersion) {
  put<std::uint32_t>(offsetof(Superblock, layout_version), 99);
  expect_refused(SegmentFault::OtherVersion, {"layout version is 0x63, this program's is 0x3"});
}

TEST_F(SegmentRefusalTest, OtherLayoutHash) {
  put<std::uint64_t>(offsetof(Superblock, layout_hash), 0xabcd);
  expect_refused(SegmentFault::OtherVersion, {"layout hash is 0xabcd, this program's is 0x"});
}

TEST_F(SegmentRefusalTest, OtherSuperblock) {
  put<std::uint32_t>(offsetof(Superblock, superblock_bytes), 0x5000);
  expect_refused(SegmentFault::OtherVersion, {"superblock size is 0x5000"});
}

TEST_F(SegmentRefusalTest, FeaturesThatItDoesNotKnow) {
  put<std::uint64_t>(offsetof(Superblock, feature_compatible), 1);
  EXPECT_TRUE(Segment::attach(path_).ok()) << "compatible means that it does not matter";
  put<std::uint64_t>(offsetof(Superblock, feature_read_compatible), 2);
  expect_refused(SegmentFault::OtherVersion, {"read-compatible features is 0x2"});
  put<std::uint64_t>(offsetof(Superblock, feature_incompatible), 4);
  expect_refused(SegmentFault::OtherVersion, {"incompatible features is 0x4"});
}

TEST_F(SegmentRefusalTest, OtherBoot) {
  put<std::uint64_t>(offsetof(Superblock, boot_id), 1);
  expect_refused(SegmentFault::OtherVersion, {"earlier boot", "boot id is 0000000000000001"});
}

TEST_F(SegmentRefusalTest, TruncatedFile) {
  ASSERT_EQ(::truncate(path_.c_str(), 70'000), 0);
  expect_refused(SegmentFault::NotASegment, {"truncated", "70000"});
}

TEST_F(SegmentRefusalTest, CountsThatContradictTheSize) {
  put<std::uint32_t>(offsetof(Superblock, counts) + offsetof(TableCounts, actors), 100'000);
  expect_refused(SegmentFault::NotASegment, {"damaged", "bytes_max"});
}

TEST_F(SegmentRefusalTest, ModeThatLetsEverybodyIn) {
  ASSERT_EQ(::chmod(path_.c_str(), 0666), 0);
  expect_refused(SegmentFault::NoPermission, {"wrong permissions", "0666", "0600"});
}

TEST_F(SegmentRefusalTest, FileOfAnotherUser) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can give a file away";
  ASSERT_EQ(::chown(path_.c_str(), kNobody, kNobody), 0);
  expect_refused(SegmentFault::NoPermission, {"belongs to user 65534 (mode 0600)", "user 0"});
}

/// In a child that is another user: 0 when attaching is refused with a sentence about the owner.
int attach_as_nobody(const std::string& path, gid_t group) {
  if (::setgroups(0, nullptr) != 0 || ::setgid(group) != 0 || ::setuid(kNobody) != 0) return 3;
  const auto attached = Segment::attach(path);
  if (attached.ok()) return 1;
  const bool is_told = attached.error().code == SegmentFault::NoPermission &&
                       attached.error().detail.find("belongs to user 0 (mode 06") != std::string::npos;
  return is_told ? 0 : 2;
}

TEST_F(SegmentRefusalTest, AnotherUser) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can become another user";
  Child child([&] { return attach_as_nobody(path_, kNobody); });
  EXPECT_EQ(child.wait(), 0);
}

TEST_F(SegmentRefusalTest, AnotherUserUnlessOfItsGroup) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can become another user";
  constexpr gid_t kGroup = 4'711;
  ASSERT_EQ(::chmod(path_.c_str(), 0660), 0);
  ASSERT_EQ(::chown(path_.c_str(), 0, kGroup), 0);
  Child stranger([&] { return attach_as_nobody(path_, kNobody); });
  EXPECT_EQ(stranger.wait(), 0);
  Child friendly([&] { return attach_as_nobody(path_, kGroup); });
  EXPECT_EQ(friendly.wait(), 1);
}

TEST_F(SegmentRefusalTest, CreationInAFolderOfOthers) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can become another user";
  Child child([&] {
    if (::setgid(kNobody) != 0 || ::setuid(kNobody) != 0) return 3;
    const auto made = Segment::create(folder_.file("mine"), tiny_segment());
    return !made.ok() && made.error().code == SegmentFault::NoPermission ? 0 : 1;
  });
  EXPECT_EQ(child.wait(), 0);
}

TEST_F(SegmentRefusalTest, CreationOverAnything) {
  expect_refusal(Segment::create(path_, tiny_segment()), SegmentFault::Exists, {"exists already", "attach"});
  std::filesystem::create_directory(folder_.file("folder"));
  expect_refusal(Segment::create(folder_.file("folder"), tiny_segment()), SegmentFault::Exists, {"exists already"});
}

TEST_F(SegmentRefusalTest, CreationInNoFolder) {
  expect_refusal(Segment::create(folder_.file("absent/segment"), tiny_segment()), SegmentFault::System,
                 {"cannot create", "No such file or directory"});
}

TEST_F(SegmentRefusalTest, CreationWithAStrangeMode) {
  SegmentOptions options = tiny_segment();
  options.mode = 0666;
  expect_refusal(Segment::create(folder_.file("open"), options), SegmentFault::NoPermission, {"0600", "0666"});
  EXPECT_EQ(folder_.files_count(), 1u);
}

TEST_F(SegmentRefusalTest, CreationBeyondTheReachOfHandles) {
  SegmentOptions options = tiny_segment();
  options.counts.units = 1u << 25;
  expect_refusal(Segment::create_private(options), SegmentFault::System, {"2097152.0 MiB"});
}

}  // namespace
}  // namespace buskin::test
