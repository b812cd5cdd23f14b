// inbox_test: an inbox sends and receives; what comes back comes to it.
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "conformance.hpp"
#include "inside.hpp"
#include "shm/mailbox/send.hpp"

namespace conformance::inbox {

struct Hopeless : buskin::Actor<Tick> {
  void on(Message<Tick>) { throw std::runtime_error("hopeless"); }
};

/// Sends each tick back to the address that it came from.
struct Caller : buskin::Actor<Tick> {
  void on(Message<Tick> tick, Context& context) { context.send(tick.sender(), Tick(tick->number())); }
};

/// Says from which address its last tick came.
struct Witness : buskin::Actor<Tick, buskin::Ask<Report, Reply>> {
  void on(Message<Tick> tick) { from = tick.sender().to_string(); }
  void on(Message<Report>, ReplyTo<Reply> reply) { reply(from); }
  std::string from = "nobody";
};

class Inboxes : public Conformance {
 protected:
  /// One line for each message that comes, until `count` have come.
  std::vector<std::string> heard(std::size_t count) {
    std::vector<std::string> lines = std::exchange(behind_, {});
    while (lines.size() < count && inbox_.wait(30s)) {
      inbox_.poll([&](buskin::AnyMessage& message) { lines.push_back(line_of(message)); });
    }
    return lines;
  }
  static std::string line_of(buskin::AnyMessage& message) {
    if (const auto* const lost = message.as<buskin::Undeliverable>()) return buskin::to_string(lost->code);
    if (const auto* const poison = message.as<buskin::PoisonMessage>()) return std::string(poison->reason.view());
    if (const auto* const tick = message.as<Tick>()) return "tick " + std::to_string(tick->number());
    return message.type_name();
  }
  /// Handles the next message, whatever it is; heard() begins with what came behind it.
  template <class Use>
  void take_next(Use use) {
    ASSERT_TRUE(inbox_.wait(30s));
    bool is_first = true;
    inbox_.poll([&](buskin::AnyMessage& message) {
      if (std::exchange(is_first, false)) return use(message);
      behind_.push_back(line_of(message));
    });
  }
  std::uint64_t waiting() {
    return shm::pending_count(segment_of(system_), static_cast<shm::ActorIndex>(inbox_.address().index()),
                              shm::Lane::Messages);
  }
  buskin::Inbox inbox_ = system_.inbox();
  std::vector<std::string> behind_;
};

TEST_P(Inboxes, WhatItSendsComesFromItsAddress) {
  const auto caller = system_.create<Caller>();
  const auto witness = system_.create<Witness>();
  inbox_.send(*caller, Tick(7));
  inbox_.send(*witness, Tick(8));
  EXPECT_EQ(heard(1), std::vector<std::string>{"tick 7"});
  EXPECT_EQ(system_.ask<Report>(*witness, 30s)->text()->str(), inbox_.address().to_string());
}

TEST_P(Inboxes, WhatComesBackComesToItAndToNobodyElse) {
  const auto hopeless = system_.create<Hopeless>();
  inbox_.send(gone(), Tick(1));
  EXPECT_EQ(heard(1), std::vector<std::string>{"no_such_actor"});
  inbox_.send(*hopeless, Tick(1));
  EXPECT_EQ(heard(1), std::vector<std::string>{"hopeless"});
  EXPECT_EQ(inbox_.try_send(gone(), Tick(1)).code(), buskin::Code::NoSuchActor);
  EXPECT_EQ(system_.listen(0s, [](buskin::AnyMessage&) {}), 0u);
}

TEST_P(Inboxes, ItsRequestsAreAnswered) {
  const auto hello = system_.create<Hello>();
  auto first = inbox_.request<Greet>(*hello, 30s, "inbox");
  EXPECT_EQ(first.wait()->text()->str(), "Hello, inbox!");
  EXPECT_EQ(inbox_.request<Greet>(buskin::Ref<Hello>(gone()), 30s, "inbox").wait().error().code(),
            buskin::Code::NoSuchActor);
  EXPECT_EQ(inbox_.poll([](buskin::AnyMessage&) {}), 0u);
}

TEST_P(Inboxes, ItsRequestsAreAnsweredWhileALoopWatchesItToo) {
  const int fd = inbox_.fd();
  const auto hello = system_.create<Hello>();
  for (int i = 0; i < 3; ++i) {
    auto pending = inbox_.request<Greet>(*hello, 30s, "loop");
    EXPECT_EQ(pending.wait()->text()->str(), "Hello, loop!");
  }
  inbox_.send(gone(), Tick(1));
  EXPECT_EQ(inbox_.fd(), fd);
  EXPECT_EQ(heard(1), std::vector<std::string>{"no_such_actor"});
}

TEST_P(Inboxes, ItEndsAnActor) {
  const auto hello = system_.create<Hello>();
  inbox_.exit(*hello);
  // Ends: the actor is asked until it is gone.
  while (inbox_.request<Greet>(*hello, 30s, "again").wait().ok()) {
  }
  EXPECT_EQ(inbox_.try_send<Greet>(*hello, "gone").code(), buskin::Code::NoSuchActor);
}

TEST_P(Inboxes, ItForwardsAMessageWithItsFirstSender) {
  const auto caller = system_.create<Caller>();
  const auto witness = system_.create<Witness>();
  inbox_.send(*caller, Tick(7));
  take_next([&](buskin::AnyMessage& message) {
    inbox_.forward(*witness, std::move(message));
    inbox_.send(*caller, Tick(8));
  });
  EXPECT_EQ(system_.ask<Report>(*witness, 30s)->text()->str(), caller->address().to_string());
  EXPECT_EQ(heard(1), std::vector<std::string>{"tick 8"});
}

TEST_P(Inboxes, AQuestionThatItForwardsIsAnsweredByItsReceiver) {
  const auto hello = system_.create<Hello>();
  auto pending = system_.request<Greet, Reply>(inbox_.address(), 30s, "World");
  take_next([&](buskin::AnyMessage& message) { inbox_.forward(*hello, std::move(message)); });
  EXPECT_EQ(pending.wait()->text()->str(), "Hello, World!");
}

TEST_P(Inboxes, AQuestionThatItForwardsToNobodyFails) {
  const buskin::Address nobody = gone();
  auto pending = system_.request<Greet, Reply>(inbox_.address(), 30s, "World");
  take_next([&](buskin::AnyMessage& message) { inbox_.forward(nobody, std::move(message)); });
  EXPECT_EQ(pending.wait().error().code(), buskin::Code::NoSuchActor);
  EXPECT_EQ(heard(1), std::vector<std::string>{"no_such_actor"});
}

TEST_P(Inboxes, WhoSendsAndNeverPollsKeepsTheNewestNotices) {
  const buskin::Address nobody = gone();
  for (std::uint32_t i = 0; i < 3'000; ++i) inbox_.send(nobody, Tick(i));
  EXPECT_LE(waiting(), buskin::kUnreadMax + 64u);
  const std::uint64_t kept = waiting();
  EXPECT_EQ(heard(buskin::kUnreadMax).size(), kept);
  EXPECT_EQ(counted(system_, shm::Counter::Unread), 3'000u - kept);
  EXPECT_EQ(shm::check_fates(segment_of(system_), [](shm::ProcessIndex) { return true; }).finding, "");
}

TEST_P(Inboxes, OrdinaryMessagesAllStay) {
  for (std::uint32_t i = 0; i < 3'000; ++i) system_.send(inbox_.address(), Tick(i));
  const buskin::Address nobody = gone();
  for (std::uint32_t i = 0; i < 100; ++i) inbox_.send(nobody, Tick(i));
  EXPECT_EQ(heard(3'100).size(), 3'100u);
  EXPECT_EQ(counted(system_, shm::Counter::Unread), 0u);
}

TEST_P(Inboxes, AnotherThreadMayUseItAfterTheOneThatMadeItHasEnded) {
  std::unique_ptr<buskin::Inbox> inbox;
  std::thread([&] { inbox = std::make_unique<buskin::Inbox>(system_.inbox()); }).join();
  const auto caller = system_.create<Caller>();
  std::thread([&] { (void)system_.create<Hello>(); }).join();  // Has the record of the first thread now.
  inbox->send(*caller, Tick(7));
  ASSERT_TRUE(inbox->wait(30s));
  std::string line;
  EXPECT_EQ(inbox->poll([&](buskin::AnyMessage& message) { line = line_of(message); }), 1u);
  EXPECT_EQ(line, "tick 7");
  inbox.reset();
  EXPECT_EQ(findings(system_), "");
}

INSTANTIATE_TEST_SUITE_P(Bases, Inboxes, kBases, name_of_base);

}  // namespace conformance::inbox
