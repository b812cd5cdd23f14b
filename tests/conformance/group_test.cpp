// group_test: several messages that are one turn, on every base; and under kills.
#include <atomic>
#include <unistd.h>

#include <csignal>

#include "conformance.hpp"
#include "tests/support/dying.hpp"

namespace conformance::group {

constexpr std::uint64_t kBroken = 999'999'999;

/// Counts what comes in order and without gap.
struct Strict : buskin::Actor<Tick, buskin::Ask<Read, Total>> {
  void on(Message<Tick> tick) {
    if (n == 0) handled_before_first = handled;
    is_broken = is_broken || tick->number() != n + 1;
    ++n;
  }
  void on(Message<Read>, ReplyTo<Total> reply) { reply(is_broken ? kBroken : n); }
  std::uint64_t n = 0;
  bool is_broken = false;

  static inline std::atomic<std::uint64_t> handled{0};  // By Tally, where both are in one process.
  static inline std::uint64_t handled_before_first = 0;
};

/// Says how many ticks it has had after each, and saves that.
struct Tally : buskin::Actor<buskin::Init<Settings>, Tick, buskin::Ask<Read, Total>, buskin::Ask<Greet, Reply>,
                             buskin::Saves<Total>> {
  static constexpr auto delivery = buskin::Delivery::ExactlyOnce;
  static constexpr buskin::Group group{.messages = 20, .within = 20s};
  explicit Tally(const Settings& settings) : next(*settings.next()) {}
  void on(Message<Tick> tick, Context& context) {
    if (tick->number() == 1'000 && tick.attempt() == 1) throw std::runtime_error("first attempt");
    if (tick->number() == 1'001) throw std::runtime_error("every attempt");
    ++Strict::handled;
    context.save<Total>(++n);
    context.send(next, Tick(static_cast<std::uint32_t>(n)));
    if (tick->number() == 1'002 && tick.attempt() <= 2) dying::die(SIGKILL);
  }
  void on(Message<Read>, ReplyTo<Total> reply) { reply(n); }
  void on(Message<Greet>, ReplyTo<Reply> reply) { reply(std::to_string(::getpid())); }
  void on_restart(const Total& saved) { n = saved.n(); }
  Ref<Strict> next;
  std::uint64_t n = 0;
};

/// The same, but it is asked for its state, and has none that is half done.
struct Thrifty : buskin::Actor<buskin::Init<Settings>, Tick, buskin::Ask<Read, Total>, buskin::Saves<Total>> {
  static constexpr auto delivery = buskin::Delivery::ExactlyOnce;
  static constexpr buskin::Group group{.messages = 20, .within = 20s};
  explicit Thrifty(const Settings& settings) : next(*settings.next()) {}
  void on(Message<Tick> tick, Context& context) {
    context.send(next, Tick(static_cast<std::uint32_t>(++n)));
    if (tick->number() == 1'000 && !tick.redelivered()) throw std::runtime_error("first time");
    if (tick->number() == 1'001) throw std::runtime_error("every time");
    if (tick->number() == 1'002 && !tick.redelivered()) dying::die(SIGKILL);
  }
  void on(Message<Read>, ReplyTo<Total> reply) { reply(n); }
  void on_save(Context& context) noexcept {
    ++saves;
    context.save<Total>(n);
  }
  void on_restart(const Total& saved) { n = saved.n(); }
  Ref<Strict> next;
  std::uint64_t n = 0;
  static inline std::uint64_t saves = 0;
};

/// Passes every third on, and answers for the others; holds a question over three ticks.
struct Sorter : buskin::Actor<buskin::Init<Settings>, Tick, buskin::Ask<Read, Total>> {
  static constexpr auto delivery = buskin::Delivery::ExactlyOnce;
  static constexpr buskin::Group group{.messages = 7};
  explicit Sorter(const Settings& settings) : next(*settings.next()) {}
  void on(Message<Tick> tick, Context& context) {
    const Tick twin(tick->number());
    if (tick->number() % 3 == 0) context.forward(next, std::move(tick));
    else context.send(next, twin);
    if (twin.number() % 10 == 0 && question) (*std::exchange(question, std::nullopt))(twin.number());
  }
  void on(Message<Read>, ReplyTo<Total> reply) { question.emplace(std::move(reply)); }
  Ref<Strict> next;
  std::optional<ReplyTo<Total>> question;
};

class Groups : public Conformance {
 protected:
  /// Tells `to` numbers up to `last`.
  template <class A>
  void tell(buskin::Ref<A> to, std::uint32_t last) {
    for (std::uint32_t i = 1; i <= last; ++i) system_.send(to, Tick(i));
  }
  void expect_all(buskin::Ref<Strict> strict, std::uint64_t count) {
    // Ends: when all have arrived, or one too early or twice, or the test's own time limit.
    for (std::uint64_t seen = 0; seen < count;) {
      seen = read(strict);
      ASSERT_NE(seen, kBroken);
    }
    EXPECT_EQ(read(strict), count);
  }
};

TEST_P(Groups, AreOneTurnOfManyMessages) {
  Strict::handled = Strict::handled_before_first = 0;
  const auto strict = system_.create<Strict>();
  const auto tally = system_.create<Tally>(buskin::Address(*strict));
  tell(*tally, 100);
  expect_all(*strict, 100);
  EXPECT_EQ(read(*tally), 100u);
  // In sequence all hundred wait before the first is handled.
  if (GetParam() == buskin::Base::Sequential) {
    EXPECT_EQ(Strict::handled_before_first, 20u);
  }
}

TEST_P(Groups, EndWhenTheirActorWouldWait) {
  const auto strict = system_.create<Strict>();
  const auto tally = system_.create<Tally>(buskin::Address(*strict));
  tell(*tally, 3);
  expect_all(*strict, 3);
}

TEST_P(Groups, LoseWhatThrowsAndNothingElse) {
  const auto strict = system_.create<Strict>();
  const auto tally = system_.create<Tally>(buskin::Address(*strict));
  for (const std::uint32_t number : {1u, 2u, 1'000u, 3u, 1'001u, 4u, 1'000u}) system_.send(*tally, Tick(number));
  expect_all(*strict, 6);
  EXPECT_EQ(read(*tally), 6u);
}

TEST_P(Groups, ForwardAndAnswerInOrder) {
  const auto strict = system_.create<Strict>();
  const auto sorter = system_.create<Sorter>(buskin::Address(*strict));
  auto asked = system_.request<Read>(*sorter, 30s);
  tell(*sorter, 100);
  expect_all(*strict, 100);
  EXPECT_EQ(asked.wait()->n(), 10u);
}

TEST_P(Groups, FitIntoReceiversWithLittleRoom) {
  const auto strict = system_.create<Strict>({.mailbox = {.capacity = 4}});
  const auto tally = system_.create<Tally>({.mailbox = {.capacity = 16}}, buskin::Address(*strict));
  tell(*tally, 300);
  expect_all(*strict, 300);
}

TEST_P(Groups, AreSavedOnce) {
  Thrifty::saves = 0;
  const auto strict = system_.create<Strict>();
  const auto thrifty = system_.create<Thrifty>(buskin::Address(*strict));
  tell(*thrifty, 100);
  expect_all(*strict, 100);
  if (GetParam() == buskin::Base::Sequential) {
    EXPECT_EQ(Thrifty::saves, 5u);
  }
}

TEST_P(Groups, AreUndoneWhenOneFailsAndTheirActorIsAskedForItsState) {
  const auto strict = system_.create<Strict>();
  const auto thrifty = system_.create<Thrifty>(buskin::Address(*strict));
  for (std::uint32_t i = 1; i <= 90; ++i) {
    system_.send(*thrifty, Tick(i % 30 == 15 ? 1'000 : i % 30 == 25 ? 1'002 : i));
  }
  expect_all(*strict, 90);
  EXPECT_EQ(read(*thrifty), 90u);
}

TEST_P(Groups, AreUndoneWhenTheirFirstFails) {
  const auto strict = system_.create<Strict>();
  const auto thrifty = system_.create<Thrifty>(buskin::Address(*strict));
  for (std::uint32_t i = 1; i <= 3; ++i) {
    system_.send(*thrifty, Tick(1'000));
    EXPECT_EQ(read(*thrifty), i) << "nothing is in the group when it fails";
  }
  expect_all(*strict, 3);
}

TEST_P(Groups, LeaveNothingOfWhatIsGivenUp) {
  for (const std::uint32_t capacity : {100u, 2u}) {  // With two places a group is over after each message.
    for (const std::uint32_t attempts : {1u, 3u}) {
      const auto strict = system_.create<Strict>();
      const auto thrifty = system_.create<Thrifty>(
          {.mailbox = {.capacity = capacity}, .supervise = {.attempts = attempts}}, buskin::Address(*strict));
      for (const std::uint32_t number : {1u, 1'001u, 2u, 1'001u, 1'001u, 3u}) system_.send(*thrifty, Tick(number));
      expect_all(*strict, 3);
      EXPECT_EQ(read(*thrifty), 3u);
    }
  }
}

TEST_P(Groups, ChargeWhatKillsAlone) {
  const auto strict = system_.create<Strict>();
  const auto tally = system_.create<Tally>({.supervise = {.backoff = 1ns, .attempts = 2}}, buskin::Address(*strict));
  for (std::uint32_t i = 1; i <= 30; ++i) system_.send(*tally, Tick(i % 10 == 5 ? 1'002 : i));
  expect_all(*strict, 30);
  EXPECT_EQ(read(*tally), 30u);
}

INSTANTIATE_TEST_SUITE_P(Bases, Groups, kBases, name_of_base);

class GroupsUnderKills : public Groups {};

TEST_P(GroupsUnderKills, SendExactlyOnce) {
  const auto strict = system_.create<Strict>();
  const auto tally = system_.create<Tally>({.supervise = {.restarts = 100'000, .backoff = 1ns, .kills_max = 255}},
                                           buskin::Address(*strict));
  constexpr std::uint32_t kCount = 150'000;
  std::uint32_t told = 0;
  int kills = 0;
  while (told < kCount) {  // Ends: with the numbers.
    for (int i = 0; i < 2'000; ++i) system_.send(*tally, Tick(++told % 900 + 1));
    const auto pid = system_.ask<Greet>(*tally, 30s, "");
    ASSERT_TRUE(pid);
    for (int i = 0; i < 500 && told < kCount; ++i) system_.send(*tally, Tick(++told % 900 + 1));
    if (::kill(std::stoi(pid->text()->str()), SIGKILL) == 0) ++kills;
  }
  expect_all(*strict, told);
  EXPECT_EQ(read(*tally), told);
  EXPECT_GE(kills, 50);
}

INSTANTIATE_TEST_SUITE_P(Bases, GroupsUnderKills, ::testing::Values(buskin::Base::Processes), name_of_base);

}  // namespace conformance::group
