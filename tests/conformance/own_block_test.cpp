// own_block_test: what finds no memory for the notice about it comes back in its own block, or without the segment.
#include <poll.h>

#include <optional>

#include "memory_fixture.hpp"

namespace conformance::memory {

class OwnBlock : public MemoryFixture {};

std::optional<buskin::Sender> lent;

/// Lends its sender to the test's thread.
struct Lender : buskin::Actor<Greet, buskin::Undeliverable, buskin::Ask<Read, Total>> {
  void on(Message<Greet>, Context& context) { lent = context.sender(); }
  void on(Message<buskin::Undeliverable> notice) {
    if (notice->code == buskin::Code::NoSuchActor && notice->type_name.view() == "calls.Tick") ++told;
    if (notice.original<Tick>() != nullptr) told += 10;
  }
  void on(Message<Read>, ReplyTo<Total> reply) { reply(told); }
  std::uint64_t told = 0;
};

TEST_P(OwnBlock, AMessageThatIsGivenUpComesBackInItsOwnBlock) {
  const auto verbose = system_.create<Verbose<buskin::Delivery::AtLeastOnce>>();
  EXPECT_TRUE(system_.ask<Greet>(*verbose, 30s, "a").ok());
  inbox_.send(store_.address(), Tick(1));
  buskin::Inbox letters = system_.inbox();
  ASSERT_TRUE(system_.dead_letters(letters.address()).ok());
  fill();
  for (std::uint32_t i = 1; i <= 3; ++i) inbox_.send(*verbose, Tick(i));
  int told = 0;
  std::size_t brought = 0;
  // Ends: with the notices, or the test's own time limit.
  while (told < 3) {
    inbox_.poll([&](buskin::AnyMessage& message) {
      const auto* const poison = message.as<buskin::PoisonMessage>();
      ASSERT_NE(poison, nullptr);
      EXPECT_EQ(poison->code, buskin::Code::HandlerThrew);
      EXPECT_EQ(poison->receiver, verbose->address());
      EXPECT_EQ(poison->type_name.view(), "calls.Tick");
      // Its own block has no room for the text. A thread of its own may have an empty span, and memory for a notice.
      if (poison->reason.view() != "verbose" || GetParam() == buskin::Base::Sequential) {
        EXPECT_EQ(poison->reason.view(), "the handler threw an exception");
        EXPECT_EQ(message.original<Tick>(), nullptr) << "there is one block";
      } else {
        ASSERT_NE(message.original<Tick>(), nullptr);
        ++brought;
      }
      ++told;
    });
  }
  free_all();
  letters.poll([&](buskin::AnyMessage& message) {
    EXPECT_NE(message.original<Tick>(), nullptr);
    --brought;
  });
  EXPECT_LE(brought, 3u) << "the handler of dead letters hears only what comes back with its message";
  EXPECT_EQ(counted(system_, Counter::Poison), 3u);
  EXPECT_EQ(findings(system_), "");
}

TEST_P(OwnBlock, MailOfAnActorThatEndsComesBackInItsOwnBlocks) {
  const auto needy = system_.create<Exact>(buskin::Address(sink_));
  (void)read(*needy);
  for (const std::uint32_t count : {0u, 1u}) inbox_.send<Order>(store_.address(), kState, buskin::Address(), count);
  fill();
  for (int i = 0; i < 3; ++i) inbox_.send<Order>(*needy, kState, buskin::Address(), 0u);
  int told = 0;
  const auto show = [&](buskin::AnyMessage& message) {
    const auto* const notice = message.as<buskin::Undeliverable>();
    ASSERT_NE(notice, nullptr);
    EXPECT_EQ(notice->code, buskin::Code::NoSuchActor);
    EXPECT_EQ(notice->receiver, needy->address());
    ++told;
  };
  const auto watchdog = std::chrono::steady_clock::now() + 20s;
  while (counted(system_, Counter::PutOff) < 2 && std::chrono::steady_clock::now() < watchdog) inbox_.poll(show);
  system_.exit(*needy, {.now = true});
  // Ends: with the notices, or the test's own time limit.
  while (told < 3) inbox_.poll(show);
  free_all();
  EXPECT_EQ(findings(system_), "");
}

TEST_P(OwnBlock, WhatWasPassedOnComesBackInItsOwnBlockToo) {
  const auto needy = system_.create<Exact>(buskin::Address(sink_));
  (void)read(*needy);
  for (const std::uint32_t count : {0u, 1u}) inbox_.send<Order>(store_.address(), kState, buskin::Address(), count);
  buskin::Inbox sender = system_.inbox();
  sender.send(buskin::Address(), Tick(7));
  const auto forward_and_end = [&](const buskin::Original& original) {
    sender.forward(store_.address(), original);  // Beside it there is memory for another one.
    fill();
    // Ends: when there is none beside the notice, either.
    while (system_.try_send<buskin::Bytes>(store_.address(), std::string(300, 'x')).ok()) {
    }
    inbox_.send<Order>(*needy, kState, buskin::Address(), 0u);
    wait_until_put_off(2);
    sender.forward(*needy, original);
    system_.exit(*needy, {.now = true});
  };
  int told = 0;
  // Ends: with the second notice, or the test's own time limit.
  while (told < 2) {
    sender.poll([&](buskin::AnyMessage& message) {
      if (told++ == 0) {
        ASSERT_NE(message.original<Tick>(), nullptr);
        return forward_and_end(std::move(message).original());
      }
      const auto* const notice = message.as<buskin::Undeliverable>();
      ASSERT_NE(notice, nullptr);
      EXPECT_EQ(notice->code, buskin::Code::NoSuchActor);
      EXPECT_EQ(notice->type_name.view(), "calls.Tick");
      if (GetParam() == buskin::Base::Sequential) {
        EXPECT_EQ(message.original<Tick>(), nullptr);
      }
    });
  }
  free_all();
  EXPECT_EQ(findings(system_), "");
}

TEST_P(OwnBlock, WhatAnotherThreadSendsToNobodyComesBackInItsOwnBlock) {
  if (GetParam() == buskin::Base::Processes) GTEST_SKIP() << "the actor's threads are in another process";
  const auto lender = system_.create<Lender>();
  const auto nobody = system_.create<Sum>();
  system_.exit(*nobody);
  // Ends: when it is gone.
  while (system_.ask<Read>(*nobody, 30s).ok()) {
  }
  system_.send<Greet>(*lender, "a");
  EXPECT_EQ(read(*lender), 0u);
  inbox_.send(store_.address(), Tick(1));  // Beside it there is memory for another one.
  fill();
  lent->send(nobody->address(), Tick(7));
  free_all();
  EXPECT_EQ(read(*lender), 1u);
  lent->send(nobody->address(), Tick(7));
  EXPECT_EQ(read(*lender), 12u) << "with memory it is brought";
  lent.reset();
  EXPECT_EQ(findings(system_), "");
}

TEST_P(OwnBlock, WhatAClientCannotSendForLackOfItComesBackWithoutMemory) {
  const int fd = inbox_.fd();
  fill();
  inbox_.send<buskin::Bytes>(sink_.address(), std::string(kLarge, 'x'));
  pollfd readable{.fd = fd, .events = POLLIN, .revents = 0};
  EXPECT_EQ(::poll(&readable, 1, 20'000), 1);
  int told = 0;
  inbox_.poll([&](buskin::AnyMessage& message) {
    const auto* const notice = message.as<buskin::Undeliverable>();
    ASSERT_NE(notice, nullptr);
    EXPECT_EQ(notice->code, buskin::Code::NoMemory);
    EXPECT_EQ(message.original<buskin::Bytes>(), std::nullopt);
    ++told;
  });
  EXPECT_EQ(told, 1);
  free_all();
}

INSTANTIATE_TEST_SUITE_P(Bases, OwnBlock, kBases, name_of_base);

}  // namespace conformance::memory
