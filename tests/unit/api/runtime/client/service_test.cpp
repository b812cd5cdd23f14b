// Service: dispatch by type, sources, deadlines and sleep, on a private segment.
#include "api/runtime/client/service.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "api/runtime/host/host.hpp"
#include "buskin/detail/as_client.hpp"
#include "buskin/system_messages.hpp"
#include "shm/base/clock.hpp"
#include "system_generated.h"
#include "tests/support/segment_fixture.hpp"

namespace {

namespace shm = buskin::shm;
namespace detail = buskin::detail;
namespace protocol = buskin::protocol;
namespace runtime = buskin::runtime;
using runtime::Service;
using namespace std::chrono_literals;

constexpr std::uint64_t kWatchdog_ns = 8'000'000'000;  // Less than the longest sleep of a service.

class ServiceTest : public ::testing::Test {
 protected:
  ServiceTest()
      : host_(shm::Segment::create_private(buskin::test::small_segment()).value(), runtime::NodeOptions{}, nullptr),
        service_(host_, "test") {}

  template <class T, class... Args>
  void send(const Args&... args) {
    EXPECT_TRUE(service_.sender().post<T>({.to = {service_.id()}}, args...));
  }
  /// Handles what is there by now, and does not sleep.
  void run_once() {
    service_.run([this](std::uint64_t) {
      service_.end();
      return shm::kNever_ns;
    });
  }
  buskin::Address address() {
    return {host_.segment().system_id(), static_cast<std::uint32_t>(service_.id().index), service_.id().gen};
  }

  runtime::Host host_;
  Service service_;
};

TEST_F(ServiceTest, GivesEachMessageToTheHandlerOfItsType) {
  std::string seen;
  service_.on<protocol::ForkActor>(
      [&](const protocol::ForkActor& fork) { seen += "f" + std::to_string(fork.actor()); });
  service_.on<protocol::RemoveProgram>([&](const protocol::RemoveProgram& remove) { seen += remove.path()->str(); });
  service_.on<buskin::Text>([&](const buskin::Text& text) { seen += text.view(); });
  service_.on<protocol::Stay>([&] { seen += "s"; });
  send<protocol::Stay>(0u);
  send<buskin::Text>("text");
  send<protocol::ForkActor>(std::uint64_t{7}, std::uint64_t{0});
  send<protocol::RemoveProgram>("path");
  run_once();
  EXPECT_EQ(seen, "stextf7path");
  EXPECT_EQ(service_.unhandled_count(), 0u);
}

struct Greeter {
  void greet(const buskin::Text& text, const detail::Incoming& incoming) {
    last = std::string(text.view()) + incoming.sender.to_string();
  }
  std::string last;
};

TEST_F(ServiceTest, CallsAMemberFunctionWithTheMessageAndItsSender) {
  Greeter greeter;
  service_.on<buskin::Text>(greeter, &Greeter::greet);
  EXPECT_TRUE(service_.post<buskin::Text>(service_.id(), "from "));
  run_once();
  EXPECT_EQ(greeter.last, "from " + address().to_string());
}

TEST_F(ServiceTest, CountsAMessageThatNobodyHandles) {
  service_.on<protocol::Stay>([] {});
  send<buskin::Text>("one");
  send<buskin::Text>("two");
  run_once();
  EXPECT_EQ(service_.unhandled_count(), 2u);
  EXPECT_EQ(shm::total_counters(host_.segment())[static_cast<std::size_t>(shm::Counter::Unhandled)], 2u);
}

TEST_F(ServiceTest, DoesNotCountWhatComesBackToItAsUnhandled) {
  runtime::SystemSender sender = service_.sender();
  sender.tell(service_.id(),
              runtime::undeliverable({.receiver = address(), .why = buskin::Error(buskin::Code::NoSuchActor)}));
  run_once();
  EXPECT_EQ(service_.unhandled_count(), 0u);
  EXPECT_EQ(shm::pending_count(host_.segment(), service_.id().index, shm::Lane::Messages), 0u);
}

TEST_F(ServiceTest, DoesNotCallAHandlerWithBytesThatAreNotOfItsType) {
  int calls = 0;
  service_.on<protocol::ForkActor>([&] { ++calls; });
  service_.on<protocol::RemoveProgram>([&] { ++calls; });
  const std::array<std::byte, 5> wrong{std::byte{0xff}, std::byte{0xff}, std::byte{0xff}};
  runtime::SystemSender sender = service_.sender();
  EXPECT_TRUE(sender.post_bytes({.to = {service_.id()}}, detail::kMessageInfo<protocol::ForkActor>, wrong));
  EXPECT_TRUE(sender.post_bytes({.to = {service_.id()}}, detail::kMessageInfo<protocol::RemoveProgram>, wrong));
  EXPECT_TRUE(sender.post_bytes({.to = {service_.id()}}, detail::kMessageInfo<protocol::RemoveProgram>, {}));
  run_once();
  EXPECT_EQ(calls, 0);
  EXPECT_EQ(service_.unhandled_count(), 3u);
}

TEST_F(ServiceTest, SleepsUntilSomethingIsDue) {
  constexpr std::uint64_t kWait_ns = 2'000'000;
  const std::uint64_t begin = shm::now_ns();
  int calls = 0;
  service_.run([&](std::uint64_t now) {
    ++calls;
    if (now >= begin + kWait_ns) service_.end();
    return begin + kWait_ns;
  });
  EXPECT_GE(shm::now_ns(), begin + kWait_ns);
  EXPECT_LE(calls, 3);  // At the beginning, at its end, and once for a sleep that ends early.
}

TEST_F(ServiceTest, WakesForAMessageOfAnotherThread) {
  service_.on<protocol::EndServer>([&] { service_.end(); });
  const std::uint64_t begin = shm::now_ns();
  std::thread other(
      [&] { detail::AsClient(host_.client()).send<protocol::EndServer>(address(), protocol::EndServer(0)); });
  service_.run();
  other.join();
  EXPECT_LT(shm::now_ns() - begin, kWatchdog_ns);
}

TEST_F(ServiceTest, WakesForAnEventOfASource) {
  std::atomic<int> events{0};
  int handled = 0;
  service_.add_source({[&] { return events.load() != handled; },
                       [&] {
                         handled = events.load();
                         if (handled == 100) service_.end();
                       }});
  const std::uint64_t begin = shm::now_ns();
  std::thread other([&] {
    for (int i = 0; i < 100; ++i) {
      events.fetch_add(1);
      service_.wake();
      if (i % 10 == 0) std::this_thread::yield();
    }
  });
  service_.run();
  other.join();
  EXPECT_LT(shm::now_ns() - begin, kWatchdog_ns);
}

TEST_F(ServiceTest, DoesNotSleepWhenASourceHasSomethingAtItsLastLook) {
  int looks = 0;
  service_.add_source({[&] { return ++looks > 1; }, [&] { service_.end(); }});
  const std::uint64_t begin = shm::now_ns();
  service_.run();
  EXPECT_LT(shm::now_ns() - begin, kWatchdog_ns);
}

TEST_F(ServiceTest, AsksASourceOnlyWhenItHasAnything) {
  int calls = 0;
  service_.add_source({[] { return false; }, [&] { ++calls; }});
  run_once();
  EXPECT_EQ(calls, 0);
}

TEST_F(ServiceTest, RepliesToTheAsker) {
  service_.on<protocol::Hello>([&](const protocol::Hello& hello, const detail::Incoming& asked) {
    EXPECT_TRUE(service_.answer<protocol::Welcome>(asked, static_cast<std::uint32_t>(hello.program())));
    service_.end();
  });
  std::uint32_t servers = 0;
  std::thread asker([&] {
    auto pending = detail::AsClient(host_.client())
                       .request<protocol::Hello, protocol::Welcome>(address(), 5s, protocol::Hello(1, 2, 3));
    if (const auto welcome = pending.wait()) servers = welcome->servers();
  });
  service_.run();
  asker.join();
  EXPECT_EQ(servers, 3u);
}

TEST_F(ServiceTest, LeavesLaterMessagesWhenItHasEnded) {
  service_.end();
  send<buskin::Text>("late");
  service_.run();
  EXPECT_EQ(shm::pending_count(host_.segment(), service_.id().index, shm::Lane::Messages), 1u);
}

using ServiceDeathTest = ServiceTest;

TEST_F(ServiceDeathTest, RefusesASecondHandlerOfAType) {
  service_.on<protocol::Stay>([] {});
  EXPECT_DEATH(service_.on<protocol::Stay>([] {}), "is_taken");
}

}  // namespace
