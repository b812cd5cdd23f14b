// threads_test: a client's thread that ends, or that waits while another one ends the system.
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "conformance.hpp"
#include "inside.hpp"

namespace conformance::threads {

using buskin::Code;

/// Owes its answers for ever, but those to Report.
struct Secretive : buskin::Actor<buskin::Ask<Read, Total>, buskin::Ask<Report, Reply>> {
  void on(Message<Read>, ReplyTo<Total> reply) { owed.push_back(std::move(reply)); }
  void on(Message<Report>, ReplyTo<Reply> reply) { reply("open"); }
  std::vector<ReplyTo<Total>> owed;
};

class ClientThreads : public ::testing::TestWithParam<buskin::Base> {
 protected:
  /// Calls `wait` in a thread of its own, and destroys the system when that thread sleeps.
  template <class Wait>
  void destroy_beside(Wait wait) {
    buskin::ActorSystem& system = *system_;  // The threads share the system, and not the pointer.
    const shm::Segment& segment = segment_of(system);
    std::promise<shm::ThreadIndex> began;
    std::thread waiter([&] {
      auto& client = dynamic_cast<buskin::runtime::Client&>(buskin::detail::impl_of(system).client());
      began.set_value(client.node().thread().index());
      wait(system);
    });
    const shm::ThreadRecord& record = segment.thread(began.get_future().get());
    constexpr auto kSleeps = static_cast<std::size_t>(shm::Counter::Sleeps);
    // Ends: the thread sleeps, as nothing comes; or with the test's own time limit.
    while (record.counters[kSleeps].load_relaxed() == 0) std::this_thread::yield();
    system_.reset();
    waiter.join();
  }
  std::unique_ptr<buskin::ActorSystem> system_ = std::make_unique<buskin::ActorSystem>(private_on(GetParam()));
};

TEST_P(ClientThreads, OneThatListensWakesAtTheEnd) {
  std::vector<std::string> types;
  destroy_beside([&](buskin::ActorSystem& system) {
    system.listen(30s, [&](buskin::AnyMessage& message) { types.emplace_back(message.type_name()); });
  });
  EXPECT_EQ(types, std::vector<std::string>{"buskin.SystemStopped"});
}

TEST_P(ClientThreads, OneThatWaitsForAnAnswerWakesAtTheEnd) {
  const auto secretive = system_->create<Secretive>();
  Code code = Code::Ok;
  destroy_beside([&](buskin::ActorSystem& system) { code = system.ask<Read>(*secretive, 1h).error().code(); });
  EXPECT_NE(code, Code::Ok);
  EXPECT_NE(code, Code::TimedOut);
}

TEST_P(ClientThreads, OneMayEndWithAnAnswerThatItDidNotTake) {
  const auto secretive = system_->create<Secretive>();
  std::optional<decltype(system_->request<Report>(*secretive, 30s))> pending;
  const auto ask_twice = [&] {
    pending.emplace(system_->request<Report>(*secretive, 30s));
    EXPECT_TRUE(system_->ask<Report>(*secretive, 30s).ok());  // The first answer came before this one.
  };
  std::thread(ask_twice).join();
  EXPECT_EQ(pending->wait().error().code(), Code::WrongUse);
  ask_twice();
  system_.reset();
  EXPECT_EQ(pending->wait().error().code(), Code::ShuttingDown);
}

INSTANTIATE_TEST_SUITE_P(Bases, ClientThreads, kBases, name_of_base);

}  // namespace conformance::threads
