// process_test: what the kernel says of processes.
#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <set>
#include <string>
#include <vector>

#include "shm/os/process.hpp"
#include "tests/support/scratch.hpp"

namespace buskin::test {
namespace {

std::string first_line(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

std::string variable(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? "" : value;
}

/// The arguments of this program where the kernel laid them; its main has them and no test has.
std::vector<char*> own_arguments() {
  std::ifstream file("/proc/self/cmdline");
  std::vector<char*> arguments;
  char* next = program_invocation_name;
  for (std::string argument; std::getline(file, argument, '\0'); next += argument.size() + 1) arguments.push_back(next);
  arguments.push_back(nullptr);
  return arguments;
}

TEST(Process, StartTimeTellsProcessesApartAndStays) {
  EXPECT_NE(start_time_of(::getpid()), 0u);
  EXPECT_EQ(start_time_of(::getpid()), start_time_of(::getpid()));
  Child child(sleep_for_ever);
  EXPECT_GE(start_time_of(child.pid()), start_time_of(::getpid()));
}

TEST(Process, AProcessThatIsGoneHasNoStartTimeAndNoPidfd) {
  Child child([] { return 0; });
  const pid_t pid = child.pid();
  child.wait();
  EXPECT_EQ(start_time_of(pid), 0u);
  EXPECT_EQ(open_pidfd(pid), -1);
  EXPECT_EQ(errno, ESRCH);
  EXPECT_FALSE(pidfd_alive(-1));
}

TEST(Process, HowItEndedIsShownUntilItsParentAsks) {
  Child child(sleep_for_ever);
  const std::uint64_t start = start_time_of(child.pid());
  const int pidfd = open_pidfd(child.pid());
  EXPECT_FALSE(exit_status_of(child.pid(), start)) << "it lives";
  child.signal(SIGKILL);
  // Ends: with the death, or with the test's own time limit.
  while (pidfd_alive(pidfd)) {
  }
  EXPECT_EQ(exit_status_of(child.pid(), start), SIGKILL);
  EXPECT_FALSE(exit_status_of(child.pid(), start + 1)) << "another process";
  child.wait();
  EXPECT_FALSE(exit_status_of(child.pid(), start));
  ::close(pidfd);
}

TEST(Process, StartTimeIsFoundBehindAnyName) {
  Gate named;
  Child child([&] {
    set_process_title(") R 1 (");
    named.open();
    return sleep_for_ever();
  });
  const std::uint64_t before = start_time_of(child.pid());
  ASSERT_TRUE(named.wait());
  EXPECT_EQ(start_time_of(child.pid()), before);
}

TEST(Process, StoppedIsAliveAndKilledIsNot) {
  Child child(sleep_for_ever);
  const int pidfd = open_pidfd(child.pid());
  ASSERT_GE(pidfd, 0);
  EXPECT_TRUE(pidfd_alive(pidfd));
  child.stop();
  EXPECT_TRUE(pidfd_alive(pidfd));
  child.kill();
  EXPECT_FALSE(pidfd_alive(pidfd));
  ::close(pidfd);
}

TEST(Process, KnowsItsBootAndItsNamespace) {
  const std::string text = first_line("/proc/sys/kernel/random/boot_id");
  ASSERT_GE(text.size(), 8u);
  EXPECT_EQ(boot_id()[0] >> 32, std::stoull(text.substr(0, 8), nullptr, 16));
  EXPECT_NE(own_pid_namespace(), 0u);
}

TEST(Process, TitleStandsInArgumentsAndNameAndLeavesTheEnvironment) {
  Child child([] {
    ::setenv("BUSKIN_TEST_VARIABLE", "kept", 1);
    const std::string path = variable("PATH");
    const std::string title = "buskin: Hello 17";
    // A program that was started by a short name, and whose environment has changed, may have less room than that.
    const std::size_t shown_least = std::min(title.size(), std::strlen(program_invocation_name));
    std::vector<char*> arguments = own_arguments();
    keep_argv(static_cast<int>(arguments.size()) - 1, arguments.data());
    set_process_title(title);
    const std::string shown = first_line("/proc/self/cmdline").c_str();
    if (!title.starts_with(shown) || shown.size() < shown_least) return 1;
    if (first_line("/proc/self/comm") != "Hello 17") return 2;
    return variable("BUSKIN_TEST_VARIABLE") == "kept" && variable("PATH") == path ? 0 : 3;
  });
  EXPECT_EQ(child.wait(), 0);
}

TEST(Process, TitleIsCut) {
  Child child([] {
    std::vector<char*> arguments = own_arguments();
    keep_argv(static_cast<int>(arguments.size()) - 1, arguments.data());
    set_process_title(std::string(1'000, 'x'));
    return std::strlen(first_line("/proc/self/cmdline").c_str()) <= 63 ? 0 : 1;
  });
  EXPECT_EQ(child.wait(), 0);
}

TEST(Process, RandomIdsDifferAndAreNeverZero) {
  std::set<std::uint64_t> ids;
  for (int i = 0; i < 1'000; ++i) ids.insert(random_id());
  EXPECT_EQ(ids.size(), 1'000u);
  EXPECT_FALSE(ids.contains(0));
}

}  // namespace
}  // namespace buskin::test
