// log_follower_test: lines of several processes are shown as they come, and each once to each follower.
#include "api/runtime/log/log_follower.hpp"

#include <condition_variable>
#include <mutex>
#include <string>

#include "api/runtime/log/process_log.hpp"
#include "shm/segment/system_words.hpp"
#include "tests/support/segment_fixture.hpp"

namespace buskin::test {
namespace {

using namespace std::chrono_literals;
using runtime::LogFollower;
using runtime::ProcessLog;

constexpr ProcessIndex kAdmin{1};
constexpr MemberId kClient{ProcessIndex{3}, 7};

/// What a follower showed.
class Shown {
 public:
  LogFollower::Show show() {
    return [this](const LogLine& line) {
      const std::lock_guard lock(mutex_);
      lines_.emplace_back(line.text());
      skipped_ += line.skipped;
      changed_.notify_all();
    };
  }
  /// Waits for so many lines.
  std::vector<std::string> wait_for(std::size_t count) {
    std::unique_lock lock(mutex_);
    EXPECT_TRUE(changed_.wait_for(lock, 20s, [&] { return lines_.size() >= count; })) << "the follower sleeps";
    return lines_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> lines_;
  std::uint64_t skipped_ = 0;
};

class LogFollowerTest : public SegmentFixture {
 protected:
  LogFollowerTest() { set_admin(segment_, {}, MemberId{kAdmin, 0}.word()); }

  ProcessLog one_{segment_, ProcessIndex{2}};
  ProcessLog other_{segment_, ProcessIndex{3}};
  Shown shown_;
};

TEST_F(LogFollowerTest, ShowsALineThatComesWhileItSleeps) {
  const LogFollower follower(segment_, kAdmin, LogFollower::Begin::NotTaken, shown_.show());
  for (std::size_t i = 1; i <= 20; ++i) {
    (i % 2 == 0 ? one_ : other_).append(0, std::to_string(i));
    EXPECT_EQ(shown_.wait_for(i).back(), std::to_string(i));
  }
}

TEST_F(LogFollowerTest, ShowsWhatHasComeBeforeItEnds) {
  one_.append(0, "before");
  { const LogFollower follower(segment_, kAdmin, LogFollower::Begin::NotTaken, shown_.show()); }
  EXPECT_EQ(shown_.wait_for(1), std::vector<std::string>{"before"});
}

TEST_F(LogFollowerTest, TheNextAdminGoesOnBehindWhatTheDeadOneTook) {
  one_.append(0, "first");
  { const LogFollower follower(segment_, kAdmin, LogFollower::Begin::NotTaken, shown_.show()); }
  one_.append(0, "second");
  other_.append(0, "third");
  { const LogFollower follower(segment_, kAdmin, LogFollower::Begin::NotTaken, shown_.show()); }
  EXPECT_EQ(shown_.wait_for(3), (std::vector<std::string>{"first", "second", "third"}));
}

TEST_F(LogFollowerTest, AConsoleBeginsWithWhatComesAndTakesNothingFromTheLog) {
  one_.append(kClient.word(), "before");
  {
    const LogFollower follower(segment_, kClient.index, LogFollower::Begin::Now, shown_.show());
    one_.append(kClient.word(), "one");
    EXPECT_EQ(shown_.wait_for(1), std::vector<std::string>{"one"});
    other_.append(kClient.word(), "other");
    EXPECT_EQ(shown_.wait_for(2), (std::vector<std::string>{"one", "other"}));
  }
  EXPECT_EQ(log_taken(segment_, ProcessIndex{2}), 0u);
}

}  // namespace
}  // namespace buskin::test
