// segment_crash_test: processes that die while they make or extend a segment leave nothing to mend.
#include <gtest/gtest.h>

#include "shm/base/crash_point.hpp"
#include "shm/segment/types.hpp"
#include "tests/support/scratch.hpp"

namespace buskin::test {
namespace {

class SegmentCrashTest : public ::testing::Test {
 protected:
  /// Runs `body` in a process that dies at `point`.
  static void die_at(std::string_view point, const std::function<void()>& body) {
    Child child([&] {
      armed_crash_point = point;
      body();
      return 0;
    });
    EXPECT_EQ(child.wait(), -SIGKILL) << point << " was not reached";
  }

  ScratchFolder folder_;
  std::string path_ = folder_.file("segment");
};

TEST_F(SegmentCrashTest, AKilledCreatorLeavesNoFile) {
  die_at("segment_filled", [&] { (void)Segment::create(path_, tiny_segment()); });
  EXPECT_EQ(folder_.files_count(), 0u);
  EXPECT_TRUE(Segment::create(path_, tiny_segment()).ok());
}

TEST_F(SegmentCrashTest, APieceReservedByTheDeadIsReservedAgain) {
  Segment segment = Segment::create(path_, SegmentOptions{}).value();
  die_at("piece_reserved", [&] {
    Segment attached = Segment::attach(path_).value();
    (void)attached.back(Table::Replies, 50'000);
  });
  EXPECT_FALSE(segment.is_backed(Table::Replies, 50'000));
  const std::uint64_t used = bytes_used(path_);
  ASSERT_TRUE(segment.back(Table::Replies, 50'000).ok());
  EXPECT_EQ(bytes_used(path_), used);
}

TEST_F(SegmentCrashTest, ATypeClaimedByTheDeadIsFinished) {
  Segment segment = Segment::create(path_, tiny_segment()).value();
  const TypeSpec hello{.id = 11, .name = "demo.Hello"};
  die_at("type_claimed", [&] {
    Segment attached = Segment::attach(path_).value();
    (void)register_type(attached, hello);
  });
  EXPECT_EQ(find_type(segment, hello.id), TypeIndex::None);
  const auto finished = register_type(segment, hello);
  ASSERT_TRUE(finished.ok());
  EXPECT_EQ(find_type(segment, hello.id), finished.value());
}

}  // namespace
}  // namespace buskin::test
