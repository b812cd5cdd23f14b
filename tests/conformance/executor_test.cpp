// executor_test: many actors on few threads: none waits behind another, order holds, none is lost.
#include <sched.h>

#include <atomic>
#include <cstdlib>
#include <ctime>
#include <thread>

#include "herald.hpp"
#include "tests/support/chosen.hpp"

namespace conformance::executor {

struct Light : buskin::Actor<Tick, buskin::Ask<Read, Total>> {
  void on(Message<Tick> tick) { n += tick->number(); }
  void on(Message<Read>, ReplyTo<Total> reply) { reply(n); }
  std::uint64_t n = 0;
};

/// Makes many, wakes each, and adds up what they say.
struct Crowd : buskin::Actor<Add, buskin::Ask<Read, Total>> {
  void on(Message<Add> add, Context& context) {
    for (std::uint64_t i = 0; i < add->by(); ++i) {
      const auto light = context.create<Light>({.place = buskin::here});
      context.send(light, Tick(1));
      context.request<Read>(light, 60s).then([this](buskin::Answer<Total> answer) {
        if (answer) total += answer->n();
      });
    }
  }
  void on(Message<Read>, ReplyTo<Total> reply) { reply(total); }
  std::uint64_t total = 0;
};

/// Sees whether each sender's numbers come one after the other.
struct Orderly : buskin::Actor<Add, buskin::Ask<Read, Total>, buskin::Ask<Report, Reply>> {
  void on(Message<Add> add) {
    std::uint64_t& last = last_of[message_key(add.sender())];
    if (add->by() != last + 1) ++wrong;
    last = add->by();
    ++count;
  }
  void on(Message<Read>, ReplyTo<Total> reply) { reply(count); }
  void on(Message<Report>, ReplyTo<Reply> reply) { reply(std::to_string(wrong)); }
  static std::uint64_t message_key(Address sender) { return sender.index(); }
  std::unordered_map<std::uint64_t, std::uint64_t> last_of;
  std::uint64_t count = 0;
  std::uint64_t wrong = 0;
};

struct Counter : buskin::Actor<buskin::Init<Settings>, Fail> {
  explicit Counter(const Settings& settings) : next(*settings.next()) {}
  void on(Message<Fail> fail, Context& context) {
    for (std::uint64_t i = 1; i <= fail->times(); ++i) context.send<Add>(next, i);
  }
  Ref<Orderly> next;
};

class Executor : public Conformance {};

TEST_P(Executor, ManyLightActorsLiveInOneProcess) {
  const std::uint64_t count = buskin::test::is_long() && !buskin::test::kIsSanitized ? 1'000'000 : 5'000;
  const auto nursery = system_.create<Crowd>();
  system_.send<Add>(*nursery, count);
  // Ends: when all have answered, or with the test's own time limit.
  std::uint64_t total = 0;
  while (total < count) total = system_.ask<Read>(*nursery, 60s)->n();
  EXPECT_EQ(total, count);
}

/// Greetings in this process.
inline std::atomic<std::uint32_t> greetings{0};

struct Greeter : buskin::Actor<buskin::Ask<Greet, Reply>> {
  void on(Message<Greet>, ReplyTo<Reply> reply) {
    ++greetings;
    reply("Hello!");
  }
};

/// Its handler is over when another actor of the process has greeted so often, and then tells how often it saw.
struct Patient : buskin::Actor<Add, buskin::Ask<Read, Total>> {
  void on(Message<Add> add) {
    const auto watchdog = std::chrono::steady_clock::now() + 30s;
    while (greetings < add->by() && std::chrono::steady_clock::now() < watchdog) std::this_thread::yield();
    seen = greetings;
  }
  void on(Message<Read>, ReplyTo<Total> reply) { reply(seen); }
  std::uint64_t seen = 0;
};

TEST_P(Executor, ALongHandlerHoldsUpNobody) {
  if (GetParam() == buskin::Base::Sequential) GTEST_SKIP() << "one thread runs all actors of this base";
  greetings = 0;
  const auto patient = system_.create<Patient>({.place = buskin::shared("one")});
  const auto greeter = system_.create<Greeter>({.place = buskin::shared("one")});
  system_.send<Add>(*patient, 20u);
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(system_.ask<Greet>(*greeter, 60s, "meanwhile").ok());
  EXPECT_EQ(system_.ask<Read>(*patient, 60s)->n(), 20u);
}

TEST_P(Executor, EachSendersMessagesKeepTheirOrder) {
  constexpr std::uint64_t kSenders = 6;
  constexpr std::uint32_t kEach = 2'000;
  const auto orderly = system_.create<Orderly>({.mailbox = {.capacity = 100, .wait = 60s}});
  for (std::uint64_t i = 0; i < kSenders; ++i) {
    const auto counter = system_.create<Counter>(buskin::Address(*orderly));
    system_.send<Fail>(*counter, kEach);
  }
  // Ends: when all have arrived, or with the test's own time limit.
  while (read(*orderly) < kSenders * kEach) {
  }
  EXPECT_EQ(system_.ask<Report>(*orderly, 30s)->text()->str(), "0");
}

TEST_P(Executor, AnActorWithAThreadOfItsOwnIsLikeAnyOther) {
  const auto hello = system_.create<Hello>({.run = {.idle = buskin::Idle::Sleep, .own_thread = true}});
  EXPECT_EQ(system_.ask<Greet>(*hello, 30s, "thread")->text()->str(), "Hello, thread!");
}

/// Processor time of this process in such a window.
std::chrono::nanoseconds used_within(std::chrono::milliseconds window) {
  const auto used = [] {
    timespec time{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
  };
  const auto before = used();
  std::this_thread::sleep_for(window);  // Not for something to happen: for nothing to happen.
  return used() - before;
}

TEST_P(Executor, AnIdleSystemUsesNoProcessor) {
  const auto hello = system_.create<Hello>();
  const auto own = system_.create<Hello>({.run = {.own_thread = true}});
  ASSERT_TRUE(system_.ask<Greet>(*hello, 30s, "awake").ok());
  ASSERT_TRUE(system_.ask<Greet>(*own, 30s, "awake").ok());
  const auto watchdog = std::chrono::steady_clock::now() + 30s;
  // Ends: when it has become idle, or with the watchdog.
  while (used_within(500ms) >= 5ms) ASSERT_LT(std::chrono::steady_clock::now(), watchdog);
}

/// An actor ends while others are on their way to its process: they start there, or in another one, and stay.
TEST_P(Executor, ASharedPlaceKeepsWhoComesWhileItsLastActorEnds) {
  const buskin::CreateOptions shared{.place = buskin::shared("place")};
  for (int round = 0; round < 100; ++round) {
    const auto last = system_.create<Hello>(shared);
    ASSERT_TRUE(last) << last.error().what();
    system_.exit(*last);
    const auto first = system_.create<Hello>(shared);
    ASSERT_TRUE(first) << first.error().what();
    for (int i = 0; i < 3; ++i) {
      const auto answer = system_.ask<Greet>(*first, 30s, "World");
      ASSERT_TRUE(answer) << "round " << round << ": " << answer.error().what();
    }
    system_.exit(*first);
  }
}

/// With one processor there is no second one for a helper.
TEST(OneProcessor, ManyActorsRunWithoutAWarning) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(
      {
        cpu_set_t one;
        CPU_ZERO(&one);
        CPU_SET(static_cast<unsigned>(::sched_getcpu()), &one);
        const bool is_alone = ::sched_setaffinity(0, sizeof one, &one) == 0;
        {
          buskin::ActorSystem system(private_on(buskin::Base::Threads));
          const auto crowd = system.create<Crowd>();
          system.send<Add>(*crowd, 1'000u);
          // Ends: when all have answered; or with the test's own time limit.
          while (system.ask<Read>(*crowd, 30s)->n() < 1'000u) {
          }
        }
        std::exit(is_alone ? 0 : 1);
      },
      ::testing::ExitedWithCode(0), "^$");
}

INSTANTIATE_TEST_SUITE_P(Bases, Executor, kBases, name_of_base);

}  // namespace conformance::executor
