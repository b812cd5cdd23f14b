// log_ring_test: lines go into the ring of a process and come out, whatever is dropped or dies.
#include <string>
#include <vector>

#include "shm/log/log_bell.hpp"
#include "shm/log/log_reader.hpp"
#include "shm/log/log_writer.hpp"
#include "shm/segment/system_words.hpp"
#include "tests/support/segment_fixture.hpp"

namespace buskin::test {
namespace {

constexpr ProcessIndex kWriting{2};
constexpr std::uint64_t kConsole = 77;

class LogRing : public SegmentFixture {
 protected:
  std::vector<std::string> read(LogReader& reader) {
    std::vector<std::string> lines;
    LogLine line;
    while (reader.next(segment_, line)) {
      skipped_ += line.skipped;
      lines.emplace_back(line.text());
    }
    return lines;
  }
  /// Lines that name their number, until the ring was filled `times`.
  std::uint64_t write_over(double times) {
    std::uint64_t count = 0;
    for (std::uint64_t bytes = 0; static_cast<double>(bytes) < times * static_cast<double>(kLogBytes); ++count) {
      const std::string line = std::to_string(count) + std::string(count % 200, '.');
      writer_.append(kConsole, line);
      bytes += log_record_bytes(line.size());
    }
    return count;
  }

  LogWriter writer_{segment_, kWriting};
  LogReader reader_{kWriting, 0};
  std::uint64_t skipped_ = 0;
};

TEST_F(LogRing, GivesLinesInTheirOrderWithTheirConsole) {
  writer_.append(kConsole, "one");
  writer_.append(0, "");
  LogLine line;
  ASSERT_TRUE(reader_.next(segment_, line));
  EXPECT_EQ(line.text(), "one");
  EXPECT_EQ(line.console, kConsole);
  ASSERT_TRUE(reader_.next(segment_, line));
  EXPECT_EQ(line.text(), "");
  EXPECT_EQ(line.console, 0u);
  EXPECT_FALSE(reader_.next(segment_, line));
}

TEST_F(LogRing, TakesNoMemoryBeforeTheFirstLineAndAPieceThen) {
  EXPECT_FALSE(has_log(segment_, kWriting));
  EXPECT_FALSE(reader_.has_any(segment_));
  writer_.append(0, "line");
  EXPECT_TRUE(has_log(segment_, kWriting));
  EXPECT_FALSE(segment_.is_backed(Table::Logs, log_piece(kWriting) + 1));
}

TEST_F(LogRing, CutsALineThatIsTooLongWithAMark) {
  writer_.append(0, std::string(kLogLineMax, 'x'));
  writer_.append(0, std::string(kLogLineMax + 1, 'y'));
  const std::vector<std::string> lines = read(reader_);
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_EQ(lines[0], std::string(kLogLineMax, 'x'));
  EXPECT_EQ(lines[1].size(), kLogLineMax);
  EXPECT_TRUE(lines[1].ends_with("y [cut]"));
}

TEST_F(LogRing, DropsTheOldestAndSaysHowMany) {
  const std::uint64_t count = write_over(3.4);
  const std::vector<std::string> lines = read(reader_);
  ASSERT_FALSE(lines.empty());
  for (std::size_t i = 0; i < lines.size(); ++i) {
    EXPECT_EQ(std::stoull(lines[i]), count - lines.size() + i);
  }
  EXPECT_GT(lines.size(), kLogBytes / 256);
  EXPECT_EQ(log_lines_dropped(segment_), count - lines.size());
  EXPECT_EQ(skipped_, count - lines.size());
}

TEST_F(LogRing, CountsAsDroppedOnlyWhatTheLogHasNotTaken) {
  std::uint64_t taken = 0;
  for (int turn = 0; turn < 8; ++turn) {
    const std::uint64_t count = write_over(0.5);
    EXPECT_EQ(read(reader_).size(), count);
    taken += count;
    set_log_taken(segment_, kWriting, reader_.position());
  }
  EXPECT_EQ(log_header(segment_, kWriting).dropped.load_relaxed(), 0u);
  EXPECT_EQ(log_header(segment_, kWriting).lines.load_relaxed(), taken);
  EXPECT_EQ(skipped_, 0u);
}

TEST_F(LogRing, AReaderThatWasLeftBehindIsToldOfTheGap) {
  writer_.append(0, "0");
  EXPECT_EQ(read(reader_).size(), 1u);
  const std::uint64_t count = write_over(2);
  const std::vector<std::string> lines = read(reader_);
  EXPECT_EQ(skipped_ + lines.size(), count);
  EXPECT_EQ(std::stoull(lines.back()), count - 1);
}

TEST_F(LogRing, TheNextProcessOfTheEntryGoesOnBehindTheLinesOfTheDeadOne) {
  (void)write_over(1.7);
  LogReader late(kWriting, log_tail(segment_, kWriting));
  LogWriter next(segment_, kWriting);
  next.append(0, "next");
  EXPECT_EQ(read(late), std::vector<std::string>{"next"});
  EXPECT_EQ(read(reader_).back(), "next");
}

TEST_F(LogRing, ADamagedRingIsGivenUpAndUsedAgain) {
  writer_.append(0, "lost");
  log_word(segment_, kWriting, 0).store_relaxed(~std::uint64_t{0});
  EXPECT_TRUE(read(reader_).empty());
  writer_.append(0, "seen");
  EXPECT_EQ(read(reader_), std::vector<std::string>{"seen"});
  log_header(segment_, kWriting).oldest.store_relaxed(~std::uint64_t{0});
  LogWriter next(segment_, kWriting);
  (void)read(reader_);
  next.append(0, "again");
  EXPECT_TRUE(read(reader_).empty()) << "a position behind the end";
  for (int i = 0; i < 2; ++i) (void)write_over(1.2);
}

TEST_F(LogRing, ABellThatIsSetIsRungOnceAndOneThatIsNotIsLeft) {
  segment_.process(kProcess).log_bell.store_relaxed(0);
  ring_log_bell(segment_, kProcess);
  ring_log_bell(segment_, ProcessIndex::None);
  ring_log_bell(segment_, static_cast<ProcessIndex>(~0u));
  bool was_asked = false;
  sleep_on_log_bell(segment_, kProcess, [&] {
    EXPECT_EQ(segment_.process(kProcess).log_bell.load_relaxed(), 1u);
    was_asked = true;
    ring_log_bell(segment_, kProcess);
    return false;  // The word is 0 by now, so the futex does not sleep.
  });
  EXPECT_TRUE(was_asked);
  EXPECT_EQ(segment_.process(kProcess).log_bell.load_relaxed(), 0u);
}

}  // namespace
}  // namespace buskin::test
