// ProgramLauncher: a fork server that does not start is due again after a pause.
#include "admin/daemon/program_launcher.hpp"

#include "daemon_fixture.hpp"

namespace admin_unit {
namespace {

class LauncherTest : public DaemonFixture {
 protected:
  /// Waits for the thread that starts the program.
  bool has_failed() {
    const auto end = std::chrono::steady_clock::now() + 20s;
    const auto is_due = [&] { return launcher_.next_due_ns() != shm::kNever_ns; };
    while (!is_due() && std::chrono::steady_clock::now() < end) std::this_thread::yield();
    return is_due();
  }

  ProgramLauncher launcher_{context_};
};

TEST_F(LauncherTest, AProgramThatDoesNotStartIsDueAgainOnce) {
  launcher_.launch({.path = "/dev/null/program", .arguments = {}, .folder = "/"});
  ASSERT_TRUE(has_failed());
  EXPECT_TRUE(launcher_.take_due(clock_ns_).empty());
  const std::uint64_t due_ns = launcher_.next_due_ns();
  EXPECT_TRUE(launcher_.take_due(due_ns - 1).empty());
  const std::vector<Kept> due = launcher_.take_due(due_ns);
  ASSERT_EQ(due.size(), 1u);
  EXPECT_EQ(due[0].path, "/dev/null/program");
  EXPECT_EQ(launcher_.next_due_ns(), shm::kNever_ns);
}

}  // namespace
}  // namespace admin_unit
