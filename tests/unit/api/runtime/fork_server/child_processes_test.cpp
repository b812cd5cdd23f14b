// ChildProcesses: lines of pipes, and what each process was forked for.
#include "api/runtime/fork_server/child_processes.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>

namespace {

namespace shm = buskin::shm;
using buskin::runtime::ChildProcesses;
using buskin::runtime::ForkSpec;

constexpr shm::ActorId actor(std::uint32_t index) { return {static_cast<shm::ActorIndex>(index), 1}; }

class ChildProcessesTest : public ::testing::Test {
 protected:
  /// Returns the end of the pipe to which the child would write.
  int add(pid_t pid, const ForkSpec& spec, const std::string& name) {
    std::array<int, 2> ends{};
    EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK), 0);
    children_.add(pid, spec, ends[0], name);
    return ends[1];
  }
  static void write(int fd, std::string_view text) {
    ASSERT_EQ(::write(fd, text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }

  std::string printed_;
  ChildProcesses children_{[this](const ForkSpec& spec, std::string_view line) {
    printed_ += std::to_string(shm::to_bits(spec.actor.index)) + "|" + std::string(line) + "\n";
  }};
};

TEST_F(ChildProcessesTest, PrintsWholeLinesOfEachChildWithItsName) {
  const int one = add(11, {.actor = actor(1)}, "One");
  const int two = add(12, {.actor = actor(2)}, "Two");
  write(one, "first\nhal");
  write(two, "second\n");
  EXPECT_TRUE(children_.forward_output());
  EXPECT_NE(printed_.find("1|"), std::string::npos);
  EXPECT_NE(printed_.find("first"), std::string::npos);
  EXPECT_NE(printed_.find("second"), std::string::npos);
  EXPECT_EQ(printed_.find("hal"), std::string::npos);
  EXPECT_FALSE(children_.forward_output());
  ::close(one);
  ::close(two);
}

TEST_F(ChildProcessesTest, PrintsTheRestOfADeadChildAndForgetsIt) {
  const int one = add(11, {.actor = actor(1), .place = 4}, "One");
  write(one, "half a line");
  ::close(one);
  const auto spec = children_.remove(11);
  ASSERT_TRUE(spec.has_value());
  EXPECT_EQ(spec->place, 4u);
  EXPECT_NE(printed_.find("half a line"), std::string::npos);
  EXPECT_TRUE(children_.is_empty());
  EXPECT_FALSE(children_.remove(11).has_value());
}

TEST_F(ChildProcessesTest, HasTheActorsThatItsChildrenWereForkedFor) {
  ::close(add(11, {.actor = actor(1), .place = 4, .more = {actor(2)}}, "Hall"));
  EXPECT_TRUE(children_.has(actor(1)));
  EXPECT_TRUE(children_.has(actor(2)));
  EXPECT_FALSE(children_.has(actor(3)));
  EXPECT_EQ(children_.actor_words(), std::vector<std::uint64_t>{actor(1).word()});
}

}  // namespace
