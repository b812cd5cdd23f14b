// ProcessWatch: deaths, names of files and pauses, as events.
#include "api/runtime/recovery/process_watch.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <condition_variable>
#include <csignal>
#include <filesystem>

#include "tests/support/members_fixture.hpp"
#include "tests/support/scratch.hpp"

namespace {

namespace shm = buskin::shm;
using buskin::runtime::Event;
using buskin::shm::MemberId;
using buskin::runtime::ProcessWatch;
using namespace std::chrono_literals;

constexpr MemberId kMember{shm::ProcessIndex{300}, 70'000};
constexpr auto kWatchdog = 10s;

class ProcessWatchTest : public ::testing::Test {
 protected:
  /// The next event, which the watching thread reports.
  Event next() {
    std::unique_lock lock(mutex_);
    EXPECT_TRUE(woken_.wait_for(lock, kWatchdog, [this] { return watch_.any(); })) << "no event came";
    const std::vector<Event> events = watch_.take();
    EXPECT_EQ(events.size(), 1u);
    return events.empty() ? Event{} : events[0];
  }
  /// A process that lives until its end of the pipe is closed.
  pid_t start() {
    EXPECT_EQ(::pipe2(ends_, O_CLOEXEC), 0);
    watch_.pause();
    const pid_t pid = ::fork();
    if (pid == 0) {
      ::close(ends_[1]);
      char byte = 0;
      ::_exit(static_cast<int>(::read(ends_[0], &byte, 1)));
    }
    watch_.resume();
    return pid;
  }
  void end(pid_t pid) {
    ::close(ends_[1]);
    ::waitpid(pid, nullptr, 0);
    ::close(ends_[0]);
  }

  int ends_[2] = {-1, -1};
  std::mutex mutex_;
  std::condition_variable woken_;
  ProcessWatch watch_{ProcessWatch::Signals::Left, [this] {
                        const std::lock_guard lock(mutex_);
                        woken_.notify_one();
                      }};
};

TEST_F(ProcessWatchTest, ReportsADeathOnceWithTheMember) {
  const pid_t pid = start();
  watch_.add_member(kMember, pid);
  EXPECT_FALSE(watch_.any());
  end(pid);
  const Event event = next();
  EXPECT_EQ(event.kind, Event::Kind::MemberGone);
  EXPECT_EQ(event.member, kMember);
  EXPECT_FALSE(watch_.any());
}

TEST_F(ProcessWatchTest, ReportsAProcessThatIsDeadAlready) {
  watch_.add_member(kMember, buskin::test::dead_pid());
  EXPECT_EQ(next().member, kMember);
}

TEST_F(ProcessWatchTest, ReportsTheDeathOfTheOwner) {
  watch_.add_owner(buskin::test::dead_pid());
  EXPECT_EQ(next().kind, Event::Kind::OwnerGone);
}

TEST_F(ProcessWatchTest, ReportsAfterAPauseWhatHappenedInIt) {
  watch_.pause();
  watch_.add_member(kMember, buskin::test::dead_pid());
  EXPECT_FALSE(watch_.any());
  watch_.resume();
  EXPECT_EQ(next().member, kMember);
}

TEST_F(ProcessWatchTest, LooksByItselfWhileItHasNoThread) {
  watch_.pause();
  watch_.add_member(kMember, buskin::test::dead_pid());
  const std::vector<Event> events = watch_.take();
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].member, kMember);
  EXPECT_TRUE(watch_.take().empty());
  EXPECT_TRUE(watch_.resume());
}

TEST_F(ProcessWatchTest, ReportsThatAFileHasLostItsName) {
  const buskin::test::ScratchFolder folder;
  const std::string path = folder.file("segment");
  ::close(::open(path.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
  watch_.add_name(path);
  std::filesystem::rename(path, folder.file("other"));
  EXPECT_EQ(next().kind, Event::Kind::NameGone);
}

}  // namespace
