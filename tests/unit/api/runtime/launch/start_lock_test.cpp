// start_lock_test: one holder at a time, and never of a file that has lost its name.
#include "api/runtime/launch/start_lock.hpp"

#include <chrono>
#include <fstream>
#include <thread>

#include "tests/support/scratch.hpp"

namespace buskin::test {
namespace {

using runtime::StartLock;
using namespace std::chrono_literals;

class StartLockTest : public ::testing::Test {
 protected:
  /// True when a thread or process waits for the lock of the file.
  bool has_waiter() const {
    struct stat file {};
    EXPECT_EQ(::stat(path_.c_str(), &file), 0);
    std::ifstream locks("/proc/locks");
    for (std::string line; std::getline(locks, line);) {
      if (line.find("-> FLOCK") != line.npos && line.find(":" + std::to_string(file.st_ino) + " ") != line.npos) {
        return true;
      }
    }
    return false;
  }
  void wait_for_waiter() const {
    const auto watchdog = std::chrono::steady_clock::now() + 60s;
    while (!has_waiter() && std::chrono::steady_clock::now() < watchdog) std::this_thread::yield();
    EXPECT_TRUE(has_waiter());
  }

  ScratchFolder folder_;
  std::string path_ = folder_.file("lock");
};

TEST_F(StartLockTest, HasOneHolder) {
  const StartLock first(path_);
  EXPECT_EQ(StartLock::try_take(path_), nullptr);
}

TEST_F(StartLockTest, IsFreeAgainAfterItsHolder) {
  { const StartLock first(path_); }
  EXPECT_NE(StartLock::try_take(path_), nullptr);
}

TEST_F(StartLockTest, IsHeldAlsoWhenItWasTakenByTrying) {
  const auto first = StartLock::try_take(path_);
  ASSERT_NE(first, nullptr);
  EXPECT_EQ(StartLock::try_take(path_), nullptr);
}

TEST_F(StartLockTest, IsAnotherLockForAnotherFile) {
  const StartLock first(path_);
  EXPECT_NE(StartLock::try_take(folder_.file("other")), nullptr);
}

TEST_F(StartLockTest, AWaiterGetsItWhenItsHolderIsDone) {
  auto first = std::make_unique<StartLock>(path_);
  std::thread waiter([&] { const StartLock second(path_); });
  wait_for_waiter();
  first.reset();
  waiter.join();
  EXPECT_NE(StartLock::try_take(path_), nullptr);
}

TEST_F(StartLockTest, AWaiterTakesTheNewFileWhenTheOldOneLostItsName) {
  auto first = std::make_unique<StartLock>(path_);
  bool is_held = false;
  std::thread waiter([&] {
    const StartLock second(path_);
    is_held = std::filesystem::exists(path_) && StartLock::try_take(path_) == nullptr;
  });
  wait_for_waiter();
  std::filesystem::remove(path_);
  first.reset();
  waiter.join();
  EXPECT_TRUE(is_held) << "the waiter holds a file that nobody else can find";
}

TEST_F(StartLockTest, SaysWhyTheFileCannotBeOpened) {
  const std::string missing = folder_.file("missing") + "/lock";
  EXPECT_THROW(StartLock lock(missing), std::runtime_error);
  EXPECT_THROW((void)StartLock::try_take(missing), std::runtime_error);
}

}  // namespace
}  // namespace buskin::test
