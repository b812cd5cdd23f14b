// stop_test: a client notices that its system stops, however it does.
#include <poll.h>

#include <thread>

#include "world.hpp"

namespace admin_test {
namespace {

class Stop : public World {
 protected:
  /// Becomes `fd` readable? Not sleeping: the kernel wakes us.
  static bool is_readable(int fd, std::chrono::milliseconds timeout) {
    pollfd watched{fd, POLLIN, 0};
    return ::poll(&watched, 1, static_cast<int>(timeout.count())) > 0;
  }
  static std::string next_of(buskin::Inbox& inbox) {
    std::string said = "nothing";
    inbox.poll([&](buskin::AnyMessage& message) { said = said_by(message); });
    return said;
  }
  static std::string said_by(buskin::AnyMessage& message) {
    const auto* const stopped = message.as<buskin::SystemStopped>();
    return stopped == nullptr ? std::string(message.type_name()) : std::string(stopped->reason.view());
  }
};

TEST_F(Stop, ALoopThatWatchesAnInboxWakesForIt) {
  buskin::ActorSystem system(options());
  auto watched = system.inbox();
  auto other = system.inbox();
  const int fd = watched.fd();
  ASSERT_TRUE(system.create<Echo>().ok());
  EXPECT_FALSE(is_readable(fd, 0ms));
  ASSERT_EQ(tool({"stop"}).code, 0);
  ASSERT_TRUE(is_readable(fd, kWatchdog));
  EXPECT_EQ(next_of(watched), "the system has stopped");
  EXPECT_FALSE(is_readable(fd, 0ms));
  ASSERT_TRUE(other.wait(kWatchdog));
  EXPECT_EQ(next_of(other), "the system has stopped");
  EXPECT_FALSE(other.wait(kWatchdog));  // At once: nothing comes any more.
  EXPECT_EQ(next_of(other), "nothing");
  std::string said;
  EXPECT_EQ(system.listen(kWatchdog, [&](buskin::AnyMessage& message) { said = said_by(message); }), 1u);
  EXPECT_EQ(said, "the system has stopped");
  EXPECT_EQ(system.listen(kWatchdog, [&](buskin::AnyMessage&) {}), 0u);
}

TEST_F(Stop, ThreadsThatWaitWakeForIt) {
  buskin::ActorSystem system(options());
  std::string heard, polled;
  std::thread listener([&] {
    (void)system.listen(kWatchdog, [&](buskin::AnyMessage& message) { heard = said_by(message); });
  });
  std::thread waiter([&] {
    auto inbox = system.inbox();
    if (inbox.wait(kWatchdog)) polled = next_of(inbox);
  });
  EXPECT_EQ(tool({"stop"}).code, 0);
  listener.join();
  waiter.join();
  EXPECT_EQ(heard, "the system has stopped");
  EXPECT_EQ(polled, "the system has stopped");
}

TEST_F(Stop, AFileThatIsRemovedIsAnEndToo) {
  buskin::ActorSystem system(options());
  auto inbox = system.inbox();
  const int fd = inbox.fd();
  ASSERT_TRUE(std::filesystem::remove(folder_.file("buskin.root.default")));
  ASSERT_TRUE(is_readable(fd, kWatchdog));
  EXPECT_EQ(next_of(inbox), "the system has stopped");
}

TEST_F(Stop, WhatCameBeforeItIsShownBefore) {
  buskin::ActorSystem system(options());
  auto inbox = system.inbox();
  inbox.send<buskin::Text>(inbox.address(), "first");
  ASSERT_EQ(tool({"stop"}).code, 0);
  std::vector<std::string> types;
  // Ends: when both have come, or with the test's own time limit.
  while (types.size() < 2) {
    (void)inbox.wait(kWatchdog);
    inbox.poll([&](buskin::AnyMessage& message) { types.emplace_back(message.type_name()); });
  }
  EXPECT_EQ(types, (std::vector<std::string>{"buskin.Text", "buskin.SystemStopped"}));
}

}  // namespace
}  // namespace admin_test
