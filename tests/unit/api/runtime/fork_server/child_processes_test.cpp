// ChildProcesses: lines of pipes, and what each process was forked for.
#include "api/runtime/fork_server/child_processes.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>

namespace {

namespace shm = buskin::shm;
using buskin::runtime::ChildProcesses;
using buskin::runtime::Descriptor;
using buskin::runtime::ForkSpec;
using buskin::runtime::OutputBuffer;
using buskin::runtime::OutputPipe;

constexpr shm::ActorId actor(std::uint32_t index) { return {static_cast<shm::ActorIndex>(index), 1}; }

class ChildProcessesTest : public ::testing::Test {
 protected:
  /// Returns the end of the pipe to which the child would write.
  int add(pid_t pid, const ForkSpec& spec, const std::string& name) {
    std::array<int, 2> ends{};
    EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK), 0);
    children_.add(pid, spec, OutputPipe(Descriptor(ends[0]), name, OutputBuffer()));
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

TEST_F(ChildProcessesTest, PrintsTheRestOfADeadChildAndForgetsIt) {
  const int one = add(11, {.actor = actor(1), .place = 4}, "One");
  write(one, "first\nhalf a line");
  ::close(one);
  const auto spec = children_.remove(11);
  ASSERT_TRUE(spec.has_value());
  EXPECT_EQ(spec->place, 4u);
  EXPECT_EQ(printed_, "1|One: first\n1|One: half a line\n");
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
