// ends_test: a process that ends by its own doing fails at its message, with its reason, and not after 32 deaths.
//
// On one base, because only there an actor has a process to end.
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <thread>

#include "herald.hpp"
#include "inside.hpp"

namespace conformance::ends {

enum Way : std::uint32_t {
  kExit, kUnderscoreExit, kAbortElsewhere, kThrowElsewhere, kExitElsewhere, kTerminate, kTrap,
};

/// A thread of the program's own, for which the handler waits in vain.
void elsewhere(void (*act)()) {
  std::thread([act] { act(); }).join();
}

/// Ends its process in the way that the number says; answers when it can.
struct Ender : buskin::Actor<Tick, buskin::Ask<Read, Total>> {
  void on(Message<Tick> tick) {
    switch (tick->number()) {
      case kExit: std::exit(3);
      case kUnderscoreExit: ::_exit(0);
      case kAbortElsewhere: return elsewhere([] { std::abort(); });
      case kThrowElsewhere: return elsewhere([] { throw 7; });
      case kExitElsewhere: return elsewhere([] { std::exit(4); });
      case kTerminate: std::terminate();
      case kTrap: (void)std::raise(SIGTRAP); break;
      default: break;
    }
  }
  void on(Message<Read>, ReplyTo<Total> reply) { reply(static_cast<std::uint64_t>(::getpid())); }
};

/// A child of fork() in a handler ends in each way; the actor lives on.
struct Forker : buskin::Actor<Tick, buskin::Ask<Read, Total>> {
  void on(Message<Tick> tick) {
    const bool is_orderly = tick->number() == 0;  // The child does not have the segment.
    const pid_t child = ::fork();
    if (child == 0) {
      if (is_orderly) std::exit(0);
      std::abort();
    }
    int status = 0;
    while (::waitpid(child, &status, 0) < 0) {
    }
    ends = ends * 10 + (WIFEXITED(status) ? 1u : WTERMSIG(status) == SIGABRT ? 2u : 3u);
  }
  void on(Message<Read>, ReplyTo<Total> reply) { reply(ends); }
  std::uint64_t ends = 0;
};

/// The child of fork() in a handler calls all that a handler can call. Then it returns, or throws.
struct Caller : buskin::Actor<Tick, buskin::Ask<Order, Total>, buskin::Saves<buskin::Text>> {
  static constexpr auto delivery = buskin::Delivery::ExactlyOnce;
  void on_restart(const buskin::Text&) {}
  void on(Message<Tick> tick, Context& context) {
    const bool throws = tick->number() != 0;
    const auto before = context.after<Tick>(1h, 9u);
    if (!is_child()) return;
    call_all(context);
    context.cancel(before);
    const auto kept = std::move(tick).keep();
    if (throws) throw std::runtime_error("in the child");
  }
  void on(Message<Order>, ReplyTo<Total> reply, Context& context) {
    if (!is_child()) return reply(ends);
    call_all(context);
    if (reply.wanted()) reply(1);
  }
  void call_all(Context& context) {
    (void)context.self();
    (void)context.children();
    (void)context.remaining();
    (void)context.find("nobody");
    (void)context.create<Forker>();
    (void)context.try_send<Tick>(context.self(), 1u);
    context.send<Tick>(context.self(), 1u);
    context.request<Read, Total>(context.self(), 1s).then([](buskin::Answer<Total>, Context&) {});
    (void)context.after<Tick>(1ms, 1u);
    context.save<buskin::Text>("a child's");
    context.log(buskin::Level::Info, "a child's");
    context.sender().send<Tick>(context.self(), 1u);
    context.exit();
  }
  bool is_child() {
    const pid_t child = ::fork();
    if (child == 0) return true;
    int status = 0;
    while (::waitpid(child, &status, 0) < 0) {
    }
    ends = ends * 10 + (WIFEXITED(status) ? 1u + static_cast<unsigned>(WEXITSTATUS(status)) : 9u);
    return false;
  }
  std::uint64_t ends = 0;
};

class Ends : public ::testing::Test {
 protected:
  static buskin::SystemOptions options() { return private_on(buskin::Base::Processes); }
  std::string report() { return system_.ask<Report>(herald_, 30s)->text()->str(); }
  /// What the sender is told when the message has failed as often as it may.
  std::string poison_of(const buskin::CreateOptions& options, Way way) {
    const auto ender = system_.create<Ender>(options);
    const std::uint64_t before = std::stoull(report());
    system_.send<Order>(herald_, static_cast<std::uint8_t>(kTick), ender->address(), static_cast<std::uint32_t>(way));
    std::string text = report();
    // Ends: when the message has come back, or with the test's own time limit.
    while (std::stoull(text) == before) text = report();
    EXPECT_LE(counted(system_, shm::Counter::Redelivered), 2u * ++messages_);  // Attempts, and no kills.
    EXPECT_TRUE(system_.ask<Read>(*ender, 30s));  // The actor goes on.
    return text.substr(text.find(' ') + 1);
  }
  buskin::ActorSystem system_{options()};
  buskin::Ref<Herald> herald_ = *system_.create<Herald>();
  std::uint64_t messages_ = 0;
};

TEST_F(Ends, ByItsOwnDoingAreAttemptsWithTheirReason) {
  const buskin::CreateOptions own{};
  EXPECT_EQ(poison_of(own, kExit), "poison: the handler ended its process with exit code 3");
  EXPECT_EQ(poison_of(own, kUnderscoreExit), "poison: its process ended with exit code 0");
  EXPECT_EQ(poison_of(own, kAbortElsewhere), "poison: another thread of its process died of SIGABRT");
  EXPECT_EQ(poison_of(own, kThrowElsewhere), "poison: another thread of its process died of SIGABRT");
  EXPECT_EQ(poison_of(own, kExitElsewhere), "poison: its process ended with exit code 4");
  EXPECT_EQ(poison_of(own, kTerminate), "poison: the handler died of SIGABRT");
  EXPECT_EQ(poison_of(own, kTrap), "poison: the handler died of SIGTRAP");
}

TEST_F(Ends, InASharedProcessBlameTheMessageThatEndedIt) {
  const buskin::CreateOptions shared{.place = buskin::shared("enders")};
  const auto neighbour = system_.create<Ender>(shared);
  EXPECT_EQ(poison_of(shared, kExit), "poison: the handler ended its process with exit code 3");
  EXPECT_EQ(poison_of(shared, kUnderscoreExit), "poison: its process ended with exit code 0");
  EXPECT_EQ(poison_of(shared, kAbortElsewhere), "poison: another thread of its process died of SIGABRT");
  EXPECT_TRUE(system_.ask<Read>(*neighbour, 30s));
}

TEST_F(Ends, OfAForkedChildAreNotThoseOfItsActor) {
  const auto forker = system_.create<Forker>();
  system_.send(*forker, Tick(0));
  system_.send(*forker, Tick(1));
  EXPECT_EQ(system_.ask<Read>(*forker, 30s)->n(), 12u);
  EXPECT_EQ(counted(system_, shm::Counter::Redelivered), 0u);
}

TEST_F(Ends, OfAForkedChildComeWithItsHandlersReturn) {
  const auto caller = system_.create<Caller>();
  system_.send<Tick>(*caller, 0u);
  system_.send<Tick>(*caller, 1u);
  EXPECT_EQ((system_.ask<Order>(*caller, 30s, std::uint8_t{0}, buskin::Address(), 0u)->n()), 121u);
  EXPECT_EQ(counted(system_, shm::Counter::Redelivered), 0u);
}

TEST_F(Ends, BySignalsFromOutsideCostNoAttempt) {
  const auto dozer = system_.create<Ender>({.supervise = {.attempts = 1}});
  for (const int signal : {SIGKILL, SIGSEGV, SIGABRT}) {
    ASSERT_EQ(::kill(static_cast<pid_t>(system_.ask<Read>(*dozer, 30s)->n()), signal), 0);
  }
  EXPECT_TRUE(system_.ask<Read>(*dozer, 30s));
  EXPECT_EQ(counted(system_, shm::Counter::Poison), 0u);
}

}  // namespace conformance::ends
