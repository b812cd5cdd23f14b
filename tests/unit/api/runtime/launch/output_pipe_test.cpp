// output_pipe_test: bytes that a process printed become lines with its name.
#include "api/runtime/launch/output_pipe.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <array>
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
  Lines finish() {
    Lines lines;
    pipe_.finish([&](std::string_view line) { lines.emplace_back(line); });
    return lines;
  }

  static std::array<int, 2> make_pipe() {
    std::array<int, 2> ends{};
    EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK), 0);
    return ends;
  }
  std::array<int, 2> ends_ = make_pipe();
  Descriptor writing_end_{ends_[1]};
  OutputPipe pipe_{ends_[0], "Echo 7"};
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

}  // namespace
}  // namespace buskin::runtime
