// listen_test: what comes to a client's own address waits for listen(), and has a bound.
#include <string>
#include <vector>

#include "conformance.hpp"
#include "inside.hpp"
#include "shm/mailbox/send.hpp"

namespace conformance::listen {

struct Hopeless : buskin::Actor<Tick, buskin::Ask<Read, Total>> {
  void on(Message<Tick> tick) { throw std::runtime_error("hopeless " + std::to_string(tick->number())); }
  void on(Message<Read>, ReplyTo<Total> reply) { reply(1u); }
};

/// Sends each tick back to the address that it came from, and once more.
struct Caller : buskin::Actor<Tick, buskin::Ask<Read, Total>> {
  void on(Message<Tick> tick, Context& context) {
    context.send(tick.sender(), Tick(tick->number()));
    context.send(tick.sender(), Tick(tick->number() + 1));
  }
  void on(Message<Read>, ReplyTo<Total> reply) { reply(2u); }
};

class Listen : public Conformance {
 protected:
  /// One line for each message that comes, until `count` have come.
  std::vector<std::string> heard(std::size_t count) {
    std::vector<std::string> lines;
    while (lines.size() < count && system_.listen(30s, [&](buskin::AnyMessage& message) {
      lines.push_back(line_of(message));
    }) != 0) {
    }
    return lines;
  }
  static std::string line_of(buskin::AnyMessage& message) {
    if (const auto* const lost = message.as<buskin::Undeliverable>()) {
      return buskin::to_string(lost->code) + (": " + std::string(lost->type_name.view()));
    }
    if (const auto* const poison = message.as<buskin::PoisonMessage>()) return std::string(poison->reason.view());
    if (const auto* const tick = message.as<Tick>()) return "tick " + std::to_string(tick->number());
    return message.type_name();
  }
  std::uint64_t waiting() {
    const auto& client = dynamic_cast<buskin::runtime::Client&>(buskin::detail::impl_of(system_).client());
    return shm::pending_count(segment_of(system_), client.id().index, shm::Lane::Messages);
  }
};

TEST_P(Listen, WhatFindsNobodyComesBackThoughTheClientAsksMeanwhile) {
  const auto hello = system_.create<Hello>();
  const buskin::Address nobody = gone();
  system_.send(nobody, Tick(1));
  EXPECT_TRUE(system_.ask<Greet>(*hello, 30s, "meanwhile").ok());
  system_.send<Add>(nobody, 2u);
  EXPECT_EQ(heard(2), (std::vector<std::string>{"no_such_actor: calls.Tick", "no_such_actor: calls.Add"}));
  EXPECT_EQ(system_.listen(0s, [](buskin::AnyMessage&) {}), 0u);
}

TEST_P(Listen, WhatAHandlerThrowsOverComesBackAsPoison) {
  const auto hopeless = system_.create<Hopeless>();
  system_.send(*hopeless, Tick(1));
  EXPECT_EQ(read(*hopeless), 1u);
  EXPECT_EQ(heard(1), std::vector<std::string>{"hopeless 1"});
}

TEST_P(Listen, WhatAnActorSendsToTheClientComesInItsOrder) {
  const auto caller = system_.create<Caller>();
  for (std::uint32_t i = 1; i <= 5; i += 2) system_.send(*caller, Tick(i));
  EXPECT_EQ(read(*caller), 2u);
  EXPECT_EQ(heard(6), (std::vector<std::string>{"tick 1", "tick 2", "tick 3", "tick 4", "tick 5", "tick 6"}));
}

TEST_P(Listen, OfMoreThanItKeepsTheNewestAreHeardAndTheOthersCounted) {
  const buskin::Address nobody = gone();
  for (std::uint32_t i = 0; i < 3'000; ++i) system_.send(nobody, Tick(i));
  const std::uint64_t handled = counted(system_, shm::Counter::Handled);
  EXPECT_LE(waiting(), buskin::kUnreadMax + 64u);
  EXPECT_EQ(heard(buskin::kUnreadMax).size(), buskin::kUnreadMax);
  EXPECT_EQ(counted(system_, shm::Counter::Unread), 3'000u - buskin::kUnreadMax);
  const std::uint64_t now_handled = counted(system_, shm::Counter::Handled);
  EXPECT_GE(now_handled, handled + buskin::kUnreadMax);
  EXPECT_LT(now_handled, handled + buskin::kUnreadMax + 100);  // The admin has handled some of its own, perhaps.
  EXPECT_EQ(shm::check_fates(segment_of(system_), [](shm::ProcessIndex) { return true; }).finding, "");
}

TEST_P(Listen, WhoWaitsForAnAnswerKeepsNoMoreThanThatEither) {
  const auto hopeless = system_.create<Hopeless>();
  for (std::uint32_t i = 1; i <= 2'000; ++i) system_.send(*hopeless, Tick(i));
  EXPECT_EQ(read(*hopeless), 1u);
  const std::vector<std::string> lines = heard(buskin::kUnreadMax);
  ASSERT_EQ(lines.size(), buskin::kUnreadMax);
  EXPECT_EQ(lines.back(), "hopeless 2000");
}

TEST_P(Listen, ItEndsAtItsDeadline) {
  EXPECT_EQ(system_.listen(1ms, [](buskin::AnyMessage&) {}), 0u);
}

TEST_P(Listen, ItsHandlerMaySendAskAndThrow) {
  const auto caller = system_.create<Caller>();
  system_.send(*caller, Tick(1));
  EXPECT_EQ(read(*caller), 2u);
  const auto ask_and_throw = [&](buskin::AnyMessage& message) {
    EXPECT_EQ(line_of(message), "tick 1");
    system_.send(*caller, Tick(3));
    EXPECT_EQ(read(*caller), 2u);
    EXPECT_EQ(system_.listen(30s, [](buskin::AnyMessage&) {}), 0u);  // One message at a time.
    throw std::runtime_error("enough");
  };
  EXPECT_THROW((void)system_.listen(30s, ask_and_throw), std::runtime_error);
  EXPECT_EQ(heard(3), (std::vector<std::string>{"tick 2", "tick 3", "tick 4"}));
}

TEST_P(Listen, EachThreadHearsWhatComesToItself) {
  const buskin::Address nobody = gone();
  std::vector<std::string> others;
  std::thread([&] {
    system_.send<Add>(nobody, 1u);
    others = heard(1);
  }).join();
  system_.send(nobody, Tick(1));
  EXPECT_EQ(others, std::vector<std::string>{"no_such_actor: calls.Add"});
  EXPECT_EQ(heard(1), std::vector<std::string>{"no_such_actor: calls.Tick"});
}

INSTANTIATE_TEST_SUITE_P(Bases, Listen, kBases, name_of_base);

}  // namespace conformance::listen
