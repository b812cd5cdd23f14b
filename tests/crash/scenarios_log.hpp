// Scenarios of the log: the victim writes lines into its ring, and goes around it.
#pragma once

#include <optional>
#include <string>

#include "shm/log/log_reader.hpp"
#include "shm/log/log_writer.hpp"
#include "tests/crash/world.hpp"

namespace buskin::test {

inline constexpr std::size_t kShortLine = 24;

/// A line of the same sign throughout, so that one which was half written over shows it.
inline std::string line_of(std::uint64_t number, std::size_t bytes) {
  return std::string(bytes, static_cast<char>('a' + number % 26));
}

/// What is in the ring are whole lines without a gap, and the next process of the entry goes on behind them.
inline void expect_log(World& world, std::uint64_t lines_at_least) {
  const auto read_all = [&] {
    LogReader reader(kVictim, 0);
    LogLine line;
    std::uint64_t lines = 0;
    while (reader.next(world.segment(), line)) {
      EXPECT_TRUE(lines == 0 || line.skipped == 0) << "a gap before line " << line.number;
      EXPECT_EQ(line.text(), line_of(line.number - 1, line.text().size())) << "line " << line.number << " is torn";
      ++lines;
    }
    return lines;
  };
  const std::uint64_t lines = read_all();
  EXPECT_GE(lines, lines_at_least);
  const std::uint64_t tail = log_tail(world.segment(), kVictim);
  LogWriter(world.segment(), kVictim).append(0, line_of(0, 0));
  LogLine line;
  EXPECT_TRUE(LogReader(kVictim, tail).next(world.segment(), line)) << "the ring takes no more lines";
  EXPECT_GE(read_all() + 4, lines) << "more was given up than the line needed";
}

inline std::vector<Scenario> log_scenarios() {
  static std::optional<LogWriter> writer;
  static std::uint64_t first = 0;
  std::vector<Scenario> list;
  list.push_back({.name = "LogsTwoLines",
                  .act =
                      [](World& w, Thread&) {
                        writer.emplace(w.segment(), kVictim);
                        for (std::uint64_t i = 0; i < 2; ++i) writer->append(0, line_of(i, kShortLine));
                      },
                  .expect = [](World& w) { expect_log(w, 0); }});
  list.push_back({.name = "LogsAroundTheEndOfTheRing",
                  .act =
                      [](World&, Thread&) {
                        for (std::uint64_t i = 0; i < 4; ++i) writer->append(0, line_of(first + i, kShortLine));
                      },
                  .expect = [](World& w) { expect_log(w, 20); }});
  list.back().warm_up = [](World& w, Thread&) {
    writer.emplace(w.segment(), kVictim);
    std::uint64_t number = 0;
    const auto add = [&](std::size_t bytes) { writer->append(0, line_of(number++, bytes)); };
    for (int i = 0; i < 8; ++i) add(kShortLine);
    const std::uint64_t one = log_record_bytes(kShortLine);
    const auto room = [&] { return kLogBytes - log_tail(w.segment(), kVictim) % kLogBytes; };
    while (room() >= log_record_bytes(kLogLineMax) + 2 * one) add(kLogLineMax);
    while (room() >= 2 * one) add(kShortLine);  // One more fits, the next one goes around.
    first = number;
  };
  return list;
}

}  // namespace buskin::test
