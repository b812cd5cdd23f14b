// output_pipe_test: bytes that a process printed become lines with its name.
#include "api/runtime/launch/output_pipe.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <array>
#include <csignal>
#include <cstring>
#include <vector>

namespace buskin::runtime {
namespace {

class OutputPipeTest : public ::testing::Test {
 protected:
  using Lines = std::vector<std::string>;

  void print(const std::string& text) { ASSERT_TRUE(writing_end_.write(text)); }
  Lines read() {
    Lines lines;
    pipe_.read_lines([&](std::string_view line) { lines.emplace_back(line); });
    return lines;
  }
  Lines finish() { return finish(pipe_); }
  static Lines finish(OutputPipe& pipe) {
    Lines lines;
    pipe.finish([&](std::string_view line) { lines.emplace_back(line); });
    return lines;
  }

  static std::array<int, 2> make_pipe() {
    std::array<int, 2> ends{};
    EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK), 0);
    return ends;
  }
  std::array<int, 2> ends_ = make_pipe();
  Descriptor writing_end_{ends_[1]};
  OutputPipe pipe_{Descriptor(ends_[0]), "Echo 7", OutputBuffer()};
};

TEST_F(OutputPipeTest, PutsTheNameInFrontOfEachLine) {
  print("one\ntwo\n");
  EXPECT_EQ(read(), (Lines{"Echo 7: one", "Echo 7: two"}));
}

TEST_F(OutputPipeTest, WaitsForTheEndOfALine) {
  print("half");
  EXPECT_EQ(read(), Lines{});
  print(" a line\n");
  EXPECT_EQ(read(), Lines{"Echo 7: half a line"});
}

TEST_F(OutputPipeTest, GivesNothingWhenNothingWasPrinted) {
  EXPECT_EQ(read(), Lines{});
  EXPECT_EQ(finish(), Lines{});
}

TEST_F(OutputPipeTest, KeepsEmptyLines) {
  print("\n\n");
  EXPECT_EQ(read(), (Lines{"Echo 7: ", "Echo 7: "}));
}

TEST_F(OutputPipeTest, ShowsTheLastLineOfAProcessThatWasKilledInTheMiddle) {
  print("whole\ncut o");
  EXPECT_EQ(finish(), (Lines{"Echo 7: whole", "Echo 7: cut o"}));
  EXPECT_EQ(finish(), Lines{});
}

TEST_F(OutputPipeTest, CutsALineThatIsTooLong) {
  print(std::string(kLineMax + 3, 'x') + "\n");
  EXPECT_EQ(read(), (Lines{"Echo 7: " + std::string(kLineMax, 'x'), "Echo 7: xxx"}));
}

TEST_F(OutputPipeTest, ReadsABoundedPartSoThatAProcessThatPrintsWithoutEndHoldsUpNobody) {
  const std::string line = std::string(1'023, 'x') + "\n";
  ASSERT_GE(::fcntl(ends_[1], F_SETPIPE_SZ, 1 << 17), 1 << 17);
  for (int i = 0; i < 128; ++i) print(line);
  EXPECT_EQ(read().size(), 64u);
  EXPECT_EQ(finish().size(), 64u);
}

TEST_F(OutputPipeTest, TakesItsHalfLineAlongWhenItMoves) {
  print("moved ");
  EXPECT_EQ(read(), Lines{});
  OutputPipe other = std::move(pipe_);
  print("on\n");
  Lines lines;
  other.read_lines([&](std::string_view line) { lines.emplace_back(line); });
  EXPECT_EQ(lines, Lines{"Echo 7: moved on"});
}

/// A process of the actor's reads its pipe and is killed at the `line`th line that it takes.
void be_killed_while_reading(OutputPipe& pipe, int line) {
  const pid_t child = ::fork();
  if (child == 0) {
    int lines = 0;
    pipe.read_lines([&](std::string_view) {
      if (++lines == line) ::raise(SIGKILL);
    });
    ::raise(SIGKILL);
  }
  ASSERT_EQ(::waitpid(child, nullptr, 0), child);
}

TEST_F(OutputPipeTest, GivesWhatItsOtherReaderHadTakenAndNotGivenWhenThatWasKilled) {
  print("one\ntwo\nthree\nhalf");
  be_killed_while_reading(pipe_, 2);
  print(" more");
  EXPECT_EQ(finish(), (Lines{"Echo 7: two", "Echo 7: three", "Echo 7: half more"}));
}

TEST_F(OutputPipeTest, GivesTheLineThatItsOtherReaderHadBegun) {
  print("one\nhalf");
  be_killed_while_reading(pipe_, 100);
  EXPECT_EQ(finish(), Lines{"Echo 7: half"});
}

TEST_F(OutputPipeTest, GivesBytesThatTheKernelHadCopiedWhenTheReaderDied) {
  OutputBuffer buffer;
  print("one\nhalf");
  ASSERT_TRUE(buffer.read_from(ends_[0]));
  const std::string_view waiting = buffer.waiting();
  std::memcpy(const_cast<char*>(waiting.data()) + waiting.size(), " line", 5);  // As read() does before it returns.
  OutputPipe other(Descriptor(::dup(ends_[0])), "Echo 7", std::move(buffer));
  EXPECT_EQ(finish(other), (Lines{"Echo 7: one", "Echo 7: half line"}));
}

TEST_F(OutputPipeTest, KeepsEachByteThroughManyRounds) {
  std::string all;
  Lines lines;
  for (int i = 0; i < 3'000; ++i) {
    const std::string line = std::to_string(i) + std::string(static_cast<std::size_t>(i * 7 % 300), '.');
    all += line;
    print(line.substr(0, line.size() / 2));
    pipe_.read_lines([&](std::string_view one) { lines.emplace_back(one); });
    print(line.substr(line.size() / 2) + "\n");
  }
  pipe_.finish([&](std::string_view one) { lines.emplace_back(one); });
  std::string read;
  for (const std::string& line : lines) read += line.substr(std::string("Echo 7: ").size());
  EXPECT_EQ(lines.size(), 3'000u);
  EXPECT_EQ(read, all);
}

}  // namespace
}  // namespace buskin::runtime
