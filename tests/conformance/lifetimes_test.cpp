// lifetimes_test: what outlives its system, its thread or a fork does nothing, and does no harm.
#include <poll.h>
#include <sys/wait.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "conformance.hpp"
#include "inside.hpp"
#include "tests/support/chosen.hpp"
#include "tests/support/dying.hpp"
#include "tests/support/scratch.hpp"

#if defined(__SANITIZE_ADDRESS__)
/// A child of fork() that exits has no threads of its parent, on whose stacks the leak check would look for pointers.
extern "C" int __lsan_is_turned_off() { return ::getpid() != dying::kMain ? 1 : 0; }
#endif

namespace conformance::lifetimes {

using buskin::Code;

constexpr const char* kForkIsNotForSanitizers =
    "a child of fork() has the locks of a sanitizer as other threads held them";

/// Leaves a Sender behind.
struct Lender : buskin::Actor<Tick, buskin::Ask<Read, Total>> {
  void on(Message<Tick>, Context& context) { sender.emplace(context.sender()); }
  void on(Message<Read>, ReplyTo<Total> reply) { reply(1u); }
  static inline std::optional<buskin::Sender> sender;
};

class Lifetimes : public ::testing::TestWithParam<buskin::Base> {
 protected:
  static buskin::SystemOptions options() { return private_on(GetParam()); }
  static bool is_readable(int fd) {
    pollfd watched{fd, POLLIN, 0};
    return ::poll(&watched, 1, 0) > 0;
  }
  /// The types of all messages that are there.
  static std::vector<std::string> types_of(buskin::Inbox& inbox) {
    std::vector<std::string> types;
    inbox.poll([&](buskin::AnyMessage& message) { types.emplace_back(message.type_name()); });
    return types;
  }
  /// Calls everything. Each call returns.
  static void expect_inert(buskin::Inbox& inbox, Code code) {
    const buskin::Address someone(1, 2, 3);
    EXPECT_FALSE(inbox.wait(30s));
    EXPECT_EQ(types_of(inbox), std::vector<std::string>{});
    inbox.send(someone, Tick(1));
    inbox.send<Greet>(someone, "nobody");
    EXPECT_EQ(inbox.try_send(someone, Tick(1)).code(), code);
    EXPECT_EQ((inbox.request<Read, Total>(someone, 30s).wait().error().code()), code);
    EXPECT_EQ(inbox.dead_letters(someone).code(), code);
    EXPECT_EQ(inbox.find("anyone"), buskin::Address());
    inbox.exit(someone);
    auto draft = inbox.draft<Greet>(100);
    draft.finish(CreateGreet(draft.builder(), draft.builder().CreateString(std::string(10'000, 'x'))));
    EXPECT_EQ(inbox.try_send(someone, std::move(draft)).code(), code);
  }
  std::unique_ptr<buskin::ActorSystem> system_ = std::make_unique<buskin::ActorSystem>(options());
};

TEST_P(Lifetimes, AnInboxThatOutlivesItsSystemShowsTheEndAndNothingMore) {
  auto inbox = system_->inbox();
  auto watched = system_->inbox();
  const int fd = watched.fd();
  const buskin::Address address = inbox.address();
  system_->send(address, Tick(1));
  system_.reset();
  EXPECT_TRUE(is_readable(fd));
  EXPECT_EQ(watched.fd(), fd);
  EXPECT_TRUE(is_readable(inbox.fd()));
  for (buskin::Inbox* const each : {&inbox, &watched}) {
    EXPECT_TRUE(each->wait(30s));
    EXPECT_EQ(types_of(*each), std::vector<std::string>{"buskin.SystemStopped"});
    EXPECT_FALSE(is_readable(each->fd()));
    expect_inert(*each, Code::ShuttingDown);
  }
  EXPECT_EQ(inbox.address(), address);
}

TEST_P(Lifetimes, AnInboxThatWasMovedFromIsInert) {
  auto inbox = system_->inbox();
  auto other = std::move(inbox);
  expect_inert(inbox, Code::WrongUse);
  EXPECT_EQ(inbox.address(), buskin::Address());
  EXPECT_EQ(inbox.fd(), -1);
  inbox = std::move(other);
  system_->send<buskin::Text>(inbox.address(), "back");
  EXPECT_TRUE(inbox.wait(30s));
  EXPECT_EQ(types_of(inbox), std::vector<std::string>{"buskin.Text"});
  inbox = system_->inbox();  // The slot of the one before is closed.
  EXPECT_EQ(findings(*system_), "");
}

TEST_P(Lifetimes, AnswersAndKeptMessagesStayReadable) {
  const auto hello = system_->create<Hello>();
  const std::string name(5'000, 'n');
  const auto answer = system_->ask<Greet>(*hello, 30s, name);
  ASSERT_TRUE(answer.ok());
  const Reply* const place = &*answer;
  auto inbox = system_->inbox();
  system_->send<buskin::Text>(inbox.address(), "kept");
  std::optional<buskin::Kept<buskin::Text>> kept;
  ASSERT_TRUE(inbox.wait(30s));
  inbox.poll([&](buskin::AnyMessage& message) { kept.emplace(message.keep<buskin::Text>()); });
  const buskin::Address sender = (*kept).sender();
  system_.reset();
  const buskin::ActorSystem next(options());  // May map what it needs where the former one lay.
  EXPECT_EQ(answer->text()->str(), "Hello, " + name + "!");
  EXPECT_EQ(place->text()->str(), "Hello, " + name + "!");
  EXPECT_EQ((*kept)->view(), "kept");
  EXPECT_EQ((*kept).sender(), sender);
}

TEST_P(Lifetimes, ADraftGoesOnAndCannotBeSent) {
  auto draft = system_->draft<Greet>(1'000);
  const auto first = draft.builder().CreateString("first");
  system_.reset();
  buskin::ActorSystem next(options());
  (void)draft.builder().CreateString(std::string(100'000, 'x'));  // It grows.
  draft.finish(CreateGreet(draft.builder(), first));
  EXPECT_EQ(flatbuffers::GetRoot<Greet>(draft.builder().GetBufferPointer())->name()->str(), "first");
  const auto hello = next.create<Hello>();
  EXPECT_EQ(next.try_send(*hello, std::move(draft)).code(), Code::WrongUse);
}

TEST_P(Lifetimes, ADraftOfAnotherSystemIsRefused) {
  buskin::ActorSystem other(options());
  auto draft = other.draft<Greet>(1'000);
  draft.finish(CreateGreet(draft.builder(), draft.builder().CreateString("foreign")));
  const auto hello = system_->create<Hello>();
  EXPECT_EQ(system_->try_send(*hello, std::move(draft)).code(), Code::WrongUse);
  EXPECT_EQ(findings(*system_) + findings(other), "");
}

TEST_P(Lifetimes, APendingGivesAnError) {
  const auto mute = system_->create<Hello>();
  auto waited = std::make_unique<decltype(system_->request<Greet>(*mute, 30s, ""))>(
      system_->request<Greet>(*mute, 30s, "late"));
  auto dropped = std::make_unique<decltype(system_->request<Greet>(*mute, 30s, ""))>(
      system_->request<Greet>(*mute, 30s, "late"));
  system_.reset();
  EXPECT_EQ(waited->wait().error().code(), Code::ShuttingDown);
  dropped.reset();
}

TEST_P(Lifetimes, APendingOfAThreadThatEndedGivesAnError) {
  const auto hello = system_->create<Hello>();
  std::unique_ptr<decltype(system_->request<Greet>(*hello, 30s, ""))> pending;
  std::thread([&] {
    pending = std::make_unique<decltype(system_->request<Greet>(*hello, 30s, ""))>(
        system_->request<Greet>(*hello, 30s, "other"));
  }).join();
  EXPECT_EQ(pending->wait().error().code(), Code::WrongUse);
  EXPECT_EQ(findings(*system_), "");
}

TEST_P(Lifetimes, ASenderSendsNothing) {
  if (GetParam() == buskin::Base::Processes) GTEST_SKIP() << "an actor's process has no system that ends before it";
  const auto lender = system_->create<Lender>();
  system_->send(*lender, Tick(1));
  ASSERT_TRUE(system_->ask<Read>(*lender, 30s).ok());
  const buskin::Address address = *lender;
  system_.reset();
  EXPECT_EQ(Lender::sender->try_send(address, Tick(1)).code(), Code::ShuttingDown);
  EXPECT_EQ(Lender::sender->self(), address);
  Lender::sender.reset();
}

TEST_P(Lifetimes, AHandlerOfAnInboxMayEndTheSystem) {
  auto inbox = system_->inbox();
  (void)inbox.fd();
  system_->send<buskin::Text>(inbox.address(), "first");
  system_->send<buskin::Text>(inbox.address(), "second");
  std::string text;
  ASSERT_TRUE(inbox.wait(30s));
  const auto end_system = [&](buskin::AnyMessage& message) {
    system_.reset();
    EXPECT_TRUE(message.is<buskin::Text>());
    text = message.as<buskin::Text>()->str();
    const auto kept = message.keep<buskin::Text>();
    EXPECT_EQ(kept->view(), text);
  };
  EXPECT_EQ(inbox.poll(end_system), 1u);
  EXPECT_EQ(text, "first");
  EXPECT_EQ(types_of(inbox), std::vector<std::string>{"buskin.SystemStopped"});
  expect_inert(inbox, Code::ShuttingDown);
}

TEST_P(Lifetimes, AHandlerOfListenMayEndTheSystem) {
  auto inbox = system_->inbox();
  system_->send(buskin::Address(1, 2, 3), Tick(1));
  std::string type;
  EXPECT_EQ(system_->listen(30s, [&](buskin::AnyMessage& message) {
    system_.reset();
    type = message.type_name();
  }), 1u);
  EXPECT_EQ(type, "buskin.Undeliverable");
}

TEST_P(Lifetimes, AThreadThatWaitsForAnInboxWakesAtTheEnd) {
  auto inbox = system_->inbox();
  std::vector<std::string> types;
  std::thread waiter([&] {
    // Ends: with the notice, or with the test's own time limit.
    while (types.empty()) {
      if (inbox.wait(30s)) types = types_of(inbox);
    }
  });
  system_.reset();
  waiter.join();
  EXPECT_EQ(types, std::vector<std::string>{"buskin.SystemStopped"});
}

/// Destroyed when the calling thread ends.
std::optional<buskin::Inbox>& inbox_of_thread() {
  thread_local std::optional<buskin::Inbox> inbox;
  return inbox;
}

TEST_P(Lifetimes, AThreadMayEndWithAnInboxOfItsOwn) {
  std::thread([&] {
    auto inbox = system_->inbox();
    (void)inbox.fd();
    system_->send<buskin::Text>(inbox.address(), "unread");
  }).join();
  std::thread([&] { inbox_of_thread().emplace(system_->inbox()); }).join();
  EXPECT_EQ(findings(*system_), "");
  std::thread([&] { inbox_of_thread().emplace(system_->inbox()); system_.reset(); }).join();
}

TEST_P(Lifetimes, TwoSystemsEndInAnyOrder) {
  buskin::ActorSystem other(options());
  auto first = system_->inbox();
  auto second = other.inbox();
  const auto hello = other.create<Hello>();
  system_.reset();
  EXPECT_EQ(second.request<Greet>(*hello, 30s, "other").wait()->text()->str(), "Hello, other!");
  EXPECT_EQ(types_of(first), std::vector<std::string>{"buskin.SystemStopped"});
  EXPECT_EQ(types_of(second), std::vector<std::string>{});
  EXPECT_EQ(findings(other), "");
}

TEST_P(Lifetimes, TheSlotOfAnInboxThatOutlivesItsClientIsClosed) {
  if (GetParam() != buskin::Base::Processes) GTEST_SKIP() << "nobody is left to look";
  const buskin::test::ScratchFolder folder;
  ASSERT_EQ(::setenv("BUSKIN_DIR", folder.path().c_str(), 1), 0);
  buskin::SystemOptions named;
  named.name = "lifetimes";
  named.linger = 0s;
  {
    buskin::ActorSystem stays(named);
    auto leaves = std::make_unique<buskin::ActorSystem>(named);
    auto inbox = leaves->inbox();
    const shm::ActorId id{static_cast<shm::ActorIndex>(inbox.address().index()), inbox.address().generation()};
    EXPECT_TRUE(shm::is_open(segment_of(stays), id));
    leaves.reset();
    EXPECT_EQ(shm::life_of(segment_of(stays), id).state, shm::LifeState::Free);
    EXPECT_EQ(findings(stays), "");
    EXPECT_EQ(types_of(inbox), std::vector<std::string>{"buskin.SystemStopped"});
  }
  const auto end = std::chrono::steady_clock::now() + 20s;
  // Ends: the admin removes its files at the end of the linger time; or at the watchdog's.
  while (folder.files_besides_logs() != 0 && std::chrono::steady_clock::now() < end) std::this_thread::yield();
  EXPECT_EQ(folder.files_besides_logs(), 0u);
  ::unsetenv("BUSKIN_DIR");
}

// -- A forked child ----------------------------------------------------------------------------------

TEST_P(Lifetimes, AForkedChildGetsForkedOrNothing) {
  if (buskin::test::kIsSanitized) GTEST_SKIP() << kForkIsNotForSanitizers;
  auto inbox = system_->inbox();
  auto watched = system_->inbox();
  (void)watched.fd();
  const auto hello = system_->create<Hello>();
  const auto answer = system_->ask<Greet>(*hello, 30s, "parent");
  auto pending = system_->request<Greet>(*hello, 30s, "parent");
  auto draft = system_->draft<Greet>(100);
  system_->send<buskin::Text>(inbox.address(), "parent's");
  buskin::test::Child child([&] {
    expect_inert(inbox, Code::Forked);
    expect_inert(watched, Code::Forked);
    BUSKIN_REQUIRE(inbox.address() != buskin::Address());
    BUSKIN_REQUIRE(system_->try_send<Greet>(*hello, "child").code() == Code::Forked);
    BUSKIN_REQUIRE(system_->ask<Greet>(*hello, 30s, "child").error().code() == Code::Forked);
    BUSKIN_REQUIRE(system_->create<Hello>().error().code() == Code::Forked);
    BUSKIN_REQUIRE(system_->listen(30s, [](buskin::AnyMessage&) {}) == 0);
    BUSKIN_REQUIRE(system_->dead_letters({}).code() == Code::Forked);
    BUSKIN_REQUIRE(pending.wait().error().code() == Code::Forked);
    auto made = system_->inbox();
    expect_inert(made, Code::WrongUse);
    std::thread([&] { (void)system_->find("anyone"); }).join();
    system_->run_until_idle();
    return ::testing::Test::HasFailure() ? 1 : 0;
  });
  EXPECT_EQ(child.wait(), 0);
  EXPECT_EQ(types_of(inbox), std::vector<std::string>{"buskin.Text"});
  EXPECT_EQ(pending.wait()->text()->str(), "Hello, parent!");
  EXPECT_EQ(findings(*system_), "");
}

TEST_P(Lifetimes, AForkedChildMayExitOrReturnFromMain) {
  if (buskin::test::kIsSanitized) GTEST_SKIP() << kForkIsNotForSanitizers;
  const auto own = system_->create<Hello>({.place = buskin::here, .run = {.own_thread = true}});
  const auto hello = system_->create<Hello>({.place = buskin::here});
  auto inbox = std::make_unique<buskin::Inbox>(system_->inbox());
  (void)inbox->fd();
  std::fflush(nullptr);
  const pid_t exits = ::fork();
  if (exits == 0) std::exit(7);
  int status = 0;
  ASSERT_EQ(::waitpid(exits, &status, 0), exits);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 7) << status;
  buskin::test::Child returns([&] {
    inbox.reset();
    system_.reset();
    return 7;
  });
  EXPECT_EQ(returns.wait(), 7);
  buskin::test::Child returns_otherwise([&] {
    system_.reset();
    inbox.reset();
    return 7;
  });
  EXPECT_EQ(returns_otherwise.wait(), 7);
  EXPECT_EQ(system_->ask<Greet>(*hello, 30s, "parent")->text()->str(), "Hello, parent!");
  EXPECT_EQ(inbox->request<Greet>(*own, 30s, "inbox").wait()->text()->str(), "Hello, inbox!");
  EXPECT_EQ(findings(*system_), "");
}

TEST_P(Lifetimes, AForkedChildMayHaveASystemOfItsOwn) {
  if (buskin::test::kIsSanitized) GTEST_SKIP() << kForkIsNotForSanitizers;
  auto inbox = system_->inbox();
  buskin::test::Child child([&] {
    buskin::ActorSystem fresh(options());
    const auto hello = fresh.create<Hello>();
    return hello.ok() && fresh.ask<Greet>(*hello, 30s, "child").ok() ? 0 : 1;
  });
  EXPECT_EQ(child.wait(), 0);
  EXPECT_EQ(findings(*system_), "");
}

INSTANTIATE_TEST_SUITE_P(Bases, Lifetimes, kBases, name_of_base);

}  // namespace conformance::lifetimes
