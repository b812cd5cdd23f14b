// kept_logs_test: the logs of systems that have ended stay, and the oldest of too many go.
#include "api/runtime/launch/kept_logs.hpp"

#include <chrono>
#include <fstream>

#include "api/runtime/launch/log_file.hpp"
#include "tests/support/scoped_variable.hpp"
#include "tests/support/scratch.hpp"

namespace buskin::test {
namespace {

using namespace buskin::runtime;

class KeptLogs : public ::testing::Test {
 protected:
  /// The log of a system that was written to so many minutes ago.
  std::string add_log(const std::string& system, int minutes_ago, std::uint32_t age = 0) {
    const std::string path = log_path_of_age(paths_of(system).log, age);
    std::ofstream(path) << "line\n";
    std::filesystem::last_write_time(path, now_ - std::chrono::minutes(minutes_ago));
    return path;
  }

  ScratchFolder folder_;
  ScopedVariable chosen_{"BUSKIN_DIR", folder_.path()};
  std::filesystem::file_time_type now_ = std::filesystem::file_time_type::clock::now();
};

TEST_F(KeptLogs, TheOldestOfTooManyAreRemovedWithAllTheirFiles) {
  for (std::size_t i = 0; i < kLogsKept; ++i) add_log("new" + std::to_string(i), 10);
  const std::string old_log = add_log("old", 100);
  const std::string turned_over = add_log("old", 200, 3);
  const std::string recent = add_log("recent", 5);
  const std::string recent_first = add_log("recent", 900, 1);
  remove_old_logs(paths_of("own"));
  EXPECT_FALSE(std::filesystem::exists(old_log));
  EXPECT_FALSE(std::filesystem::exists(turned_over));
  EXPECT_TRUE(std::filesystem::exists(recent));
  EXPECT_TRUE(std::filesystem::exists(recent_first));
  EXPECT_EQ(folder_.files_count(), kLogsKept + 1) << "one of the new ones is one too many";
}

TEST_F(KeptLogs, LogsOfOthersAndOfSystemsThatHaveASegmentStay) {
  const std::string own = add_log("own", 1'000);
  const std::string running = add_log("running.2", 1'000);
  std::ofstream(paths_of("running.2").segment) << "x";
  std::ofstream(folder_.file("buskin.nobody-of-this-name.x.log")) << "x";
  std::ofstream(folder_.file("other.log")) << "x";
  for (std::size_t i = 0; i < kLogsKept; ++i) add_log("new" + std::to_string(i), 10);
  remove_old_logs(paths_of("own"));
  EXPECT_TRUE(std::filesystem::exists(own));
  EXPECT_TRUE(std::filesystem::exists(running));
  EXPECT_EQ(folder_.files_count(), kLogsKept + 5);
}

}  // namespace
}  // namespace buskin::test
