// log_sim_test: a line that is written over while it is read is skipped, never torn, and no reader sleeps over a line.
#include <memory>
#include <string>

#include "shm/log/log_bell.hpp"
#include "shm/log/log_reader.hpp"
#include "shm/log/log_writer.hpp"
#include "tests/sim/sim_fixture.hpp"

namespace buskin::test {
namespace {

constexpr std::uint64_t kStepsMax = 400'000;
constexpr ProcessIndex kWriting{2};
constexpr ProcessIndex kReading{1};

/// A line of the same sign throughout: torn, it has two.
std::string line_of(std::uint64_t number, std::size_t bytes) {
  return std::string(bytes, static_cast<char>('a' + number % 26));
}
bool is_whole(std::string_view line) { return line.find_first_not_of(line.front()) == std::string_view::npos; }

TEST(LogSim, ALineThatIsWrittenOverIsNotTorn) {
  constexpr std::size_t kBytes = 40;
  for_each_seed(kStepsMax, [](SimRun& run) {
    auto writer = std::make_shared<LogWriter>(run.segment_, kWriting);
    // The ring is full but for a rest: few long records, and short ones at its begin.
    std::uint64_t number = 0;
    for (; number < 6; ++number) writer->append(0, line_of(number, kBytes));
    const std::uint64_t record = log_record_bytes(kLogLineMax);
    while (log_tail(run.segment_, kWriting) % kLogBytes + record <= kLogBytes) {
      writer->append(0, line_of(number++, kLogLineMax));
    }
    run.simulation.add([writer, number] {
      for (std::uint64_t i = 0; i < 80; ++i) writer->append(0, line_of(number + i, kBytes));
    });
    run.simulation.add([&run] {
      LogReader reader(kWriting, 0);
      LogLine line;
      for (int i = 0; i < 4 && reader.next(run.segment_, line); ++i) {
        EXPECT_TRUE(is_whole(line.text())) << line.text();
        EXPECT_EQ(line.text().front(), line_of((line.number - 1), 1).front());
      }
    });
    return [] {};
  });
}

TEST(LogSim, AReaderIsWokenForTheLastLine) {
  constexpr std::uint64_t kLines = 3;
  for_each_seed(kStepsMax, [](SimRun& run) {
    auto writer = std::make_shared<LogWriter>(run.segment_, kWriting);
    writer->append(0, "first");
    const std::uint64_t begin = log_tail(run.segment_, kWriting);
    run.simulation.add([&run, writer] {
      for (std::uint64_t i = 0; i < kLines; ++i) {
        writer->append(0, line_of(i, 8));
        ring_log_bell(run.segment_, kReading);
      }
    });
    run.simulation.add([&run, begin] {
      LogReader reader(kWriting, begin);
      LogLine line;
      for (std::uint64_t seen = 0; seen < kLines;) {
        while (reader.next(run.segment_, line)) {
          EXPECT_TRUE(is_whole(line.text())) << line.text();
          ++seen;
        }
        if (seen < kLines) sleep_on_log_bell(run.segment_, kReading, [&] { return reader.has_any(run.segment_); });
      }
    });
    return [] {};
  });
}

}  // namespace
}  // namespace buskin::test
