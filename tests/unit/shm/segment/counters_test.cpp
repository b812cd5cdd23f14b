// counters_test: labels, and totals over all who counted.
#include <gtest/gtest.h>

#include <set>

#include "shm/segment/counters.hpp"
#include "tests/support/scratch.hpp"

namespace buskin::test {
namespace {

TEST(Counters, HaveALabelEach) {
  std::set<std::string_view> labels;
  for (std::uint8_t i = 0; i < static_cast<std::uint8_t>(Counter::End); ++i) {
    labels.insert(label_of(static_cast<Counter>(i)));
  }
  EXPECT_EQ(labels.size(), static_cast<std::size_t>(Counter::End));
  EXPECT_FALSE(labels.contains(""));
  EXPECT_EQ(label_of(Counter::LostInHand), "lost_in_hand");
  EXPECT_EQ(label_of(Counter::DeadGone), "dead_letter.gone");
  EXPECT_EQ(label_of(Counter::DeadNoMemory), "dead_letter.no_memory");
  EXPECT_EQ(label_of(Counter::Refused), "refused");
  EXPECT_EQ(label_of(Counter::Sleeps), "sleeps");
  EXPECT_EQ(label_of(Counter::RunsReturned), "runs_returned");
}

std::uint64_t total(const Segment& segment, Counter counter) {
  return total_counters(segment)[static_cast<std::size_t>(counter)];
}

TEST(Counters, AddUpOverRecords) {
  Segment segment = Segment::create_private(tiny_segment()).value();
  EXPECT_EQ(total(segment, Counter::Sent), 0u);
  for (const std::uint32_t thread : {1u, 7u}) {
    ASSERT_TRUE(segment.back(Table::Threads, thread).ok());
    count(segment.thread(ThreadIndex{thread}), Counter::Sent, 10);
  }
  count(segment.thread(ThreadIndex{1}), Counter::Sent);
  EXPECT_EQ(total(segment, Counter::Sent), 21u);
  EXPECT_EQ(total(segment, Counter::Handled), 0u);
}

TEST(Counters, AreReadWithoutTouchingWhatIsNotThere) {
  ScratchFolder folder;
  const Segment segment = Segment::create(folder.file("segment"), SegmentOptions{}).value();
  const std::uint64_t before = bytes_used(folder.file("segment"));
  (void)total_counters(segment);
  EXPECT_EQ(bytes_used(folder.file("segment")), before);
}

}  // namespace
}  // namespace buskin::test
