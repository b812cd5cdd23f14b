// restart_test: an actor whose process died goes on in another one: same mailbox, same message, saved state.
//
// The test is what an admin is elsewhere: it forks a process per order, waits for
// its death, repairs with the real reaper, and forks the next.
#include <gtest/gtest.h>

#include <csignal>
#include <map>

#include "api/runtime/endpoint/dead_letters.hpp"
#include "api/runtime/host/host.hpp"
#include "api/runtime/recovery/restart_limits.hpp"
#include "calls_generated.h"
#include "buskin/detail/as_client.hpp"
#include "tests/support/ledger.hpp"
#include "shm/recovery/reap.hpp"
#include "tests/support/chosen.hpp"
#include "tests/support/scratch.hpp"

namespace restart_test {

using namespace std::chrono_literals;
using namespace calls;
using namespace buskin::runtime;
namespace shm = buskin::shm;

/// Ends its own process by signal `count` while an attempt is not beyond `kind`; then says which attempt it is.
struct Mortal : buskin::Actor<buskin::Ask<Order, Reply>, Add, buskin::Ask<Read, Total>> {
  void on(Message<Order> order, ReplyTo<Reply> reply) {
    if (order.attempt() <= order->kind()) ::raise(static_cast<int>(order->count()));
    reply("attempt " + std::to_string(order.attempt()) + (order.redelivered() ? " again" : " first"));
  }
  void on(Message<Add> add) { n += add->by(); }
  void on(Message<Read>, ReplyTo<Total> reply) { reply(n); }
  void on_restart(Context&) { n = 1'000; }
  std::uint64_t n = 0;
};

using ledger::Ledger;

/// At most once: what kills it is lost, and not repeated.
struct Careless : buskin::Actor<buskin::Ask<Order, Reply>, Add, buskin::Ask<Read, Total>> {
  static constexpr auto delivery = buskin::Delivery::AtMostOnce;
  void on(Message<Order> order, ReplyTo<Reply>) { ::raise(static_cast<int>(order->count())); }
  void on(Message<Add> add) {
    if (add->by() == 0) ::raise(SIGKILL);
  }
  void on(Message<Read>, ReplyTo<Total> reply) { reply(++reads); }
  std::uint64_t reads = 0;
};

/// Never answers by itself, and dies when it is told to.
struct Debtor : buskin::Actor<buskin::Ask<Read, Total>, Add> {
  void on(Message<Read>, ReplyTo<Total> reply) { kept.push_back(std::move(reply)); }
  void on(Message<Add> add) {
    if (add->by() == 0 && add.attempt() == 1) ::raise(SIGKILL);
    for (auto& reply : kept) reply(add->by());
    kept.clear();
  }
  std::vector<ReplyTo<Total>> kept;
};

/// Has one child, however often it starts.
struct Household : buskin::Actor<Add, buskin::Ask<Read, Total>> {
  void on_start(Context& context) { child = context.create<Mortal>({.place = buskin::here}); }
  void on(Message<Add> add) {
    if (add.attempt() == 1) ::raise(SIGKILL);
  }
  void on(Message<Read>, ReplyTo<Total> reply, Context& context) {
    reply(context.children().size() * 10 + (context.children()[0].address == child.address() ? 1 : 0));
  }
  Ref<Mortal> child;
};

class Restart : public ::testing::Test {
 protected:
  class Forker : public Spawner {
   public:
    explicit Forker(Restart& test) : test_(test) {}
    buskin::Status spawn(Node&, shm::Thread&, shm::ActorId actor, const ActorSpec&) override {
      test_.fork_host({actor});
      return {};
    }

   private:
    Restart& test_;
  };

  Restart() {
    shm::SegmentOptions options;
    options.counts = buskin::test::kHostTables;
    auto made = shm::Segment::create(path_, options);
    EXPECT_TRUE(made.ok());
    node_ = std::make_unique<Host>(std::move(made).value(), node_options(shm::Role::Client),
                                   std::make_unique<Forker>(*this));
  }
  ~Restart() override {
    for (const auto& [pid, started] : processes_) {
      ::kill(pid, SIGKILL);
      ::waitpid(pid, nullptr, 0);
    }
  }

  NodeOptions node_options(shm::Role role) const {
    NodeOptions options;
    options.base = buskin::Base::Processes;
    options.role = role;
    options.lock_path = lock_;
    return options;
  }
  buskin::detail::AsClient acting() { return buskin::detail::AsClient(node_->client()); }

  void fork_host(const std::vector<shm::ActorId>& actors) {
    const pid_t pid = ::fork();
    if (pid == 0) ::_exit(host(actors));
    processes_[pid] = true;
  }
  int host(const std::vector<shm::ActorId>& actors) {
    auto segment = shm::Segment::attach(path_);
    const auto node = std::make_unique<Host>(std::move(segment).value(), node_options(shm::Role::Actors), nullptr);
    for (const shm::ActorId actor : actors) {
      buskin::runtime::ActorSpec spec;
      if (!buskin::runtime::read_spec(node->segment(), actor, spec) || !node->host(actor, spec).ok()) return 1;
    }
    while (node->hosted_count() != 0) std::this_thread::sleep_for(1ms);
    return 0;
  }

  /// Waits for the death of a process, repairs what it left, and lets its actors go on in another one.
  void recover() {
    int status = 0;
    const pid_t pid = ::waitpid(-1, &status, 0);
    ASSERT_GT(pid, 0);
    ASSERT_TRUE(WIFSIGNALED(status));
    processes_.erase(pid);
    const shm::Segment& segment = node_->segment();
    for (std::uint32_t i = 1; i < 64; ++i) {
      const auto index = static_cast<shm::ProcessIndex>(i);
      if (!segment.is_backed(shm::Table::Processes, i)) break;
      if (segment.process(index).pid.read() != static_cast<std::uint32_t>(pid)) continue;
      const auto reaped = shm::reap_process(
          node_->thread(), index,
          {.is_dead_now = [&](shm::ProcessIndex dead) { return shm::is_dead(segment, dead, lock_); },
           .adoptable = {},
           .answer = buskin::runtime::answer_of_restarted});
      ASSERT_TRUE(reaped.ok());
      if (!reaped.value().adoptable.empty()) fork_host(reaped.value().adoptable);
      return;
    }
    FAIL() << "the process is not in the table";
  }

  buskin::test::ScratchFolder folder_;
  std::string path_ = folder_.file("segment");
  std::string lock_ = folder_.file("lock");
  std::map<pid_t, bool> processes_;
  std::unique_ptr<Host> node_;
};

TEST_F(Restart, AnActorWhoseProcessWasKilledGoesOnAtTheMessageInHand) {
  const auto mortal = *acting().create<Mortal>({});
  acting().send<Add>(mortal, 5u);
  auto first = acting().request<Order>(mortal, 20s, 1, buskin::Address(mortal), static_cast<std::uint32_t>(SIGKILL));
  acting().send<Add>(mortal, 7u);
  recover();
  EXPECT_EQ(first.wait()->text()->str(), "attempt 2 again");
  // Members are gone, what waited in the mailbox is not, and the address is the same.
  EXPECT_EQ(acting().ask<Read>(mortal, 20s)->n(), 1'007u);
}

TEST_F(Restart, SavedSumsAreExactOverManyDeaths) {
  const auto ledger = *acting().create<Ledger>({});
  std::uint64_t sum = 0;
  for (std::uint64_t i = 1; i <= 30; ++i) {
    acting().send<Add>(ledger, i);
    sum += i;
  }
  for (int death = 0; death < 20; ++death) recover();
  EXPECT_EQ(acting().ask<Read>(ledger, 20s)->n(), sum);
}

TEST_F(Restart, AMessageThatKillsWithASignalComesBackWithIt) {
  if (buskin::test::kIsSanitized) GTEST_SKIP() << "the sanitizer has the signal";
  const auto mortal = *acting().create<Mortal>({});
  auto order = acting().request<Order>(mortal, 20s, 9, buskin::Address(mortal), static_cast<std::uint32_t>(SIGSEGV));
  recover();
  recover();
  const auto answer = order.wait();
  EXPECT_EQ(answer.error().code(), buskin::Code::ActorDied);
  EXPECT_EQ(std::string(answer.error().what()).substr(0, 27), "the handler died of SIGSEGV");
  EXPECT_EQ(acting().ask<Read>(mortal, 20s)->n(), 1'000u);
}

TEST_F(Restart, AMessageThatIsKilledTooOftenComesBack) {
  const auto mortal = *acting().create<Mortal>({.supervise = {.kills_max = 3}});
  auto order = acting().request<Order>(mortal, 20s, 9, buskin::Address(mortal), static_cast<std::uint32_t>(SIGKILL));
  for (int death = 0; death < 3; ++death) recover();
  EXPECT_STREQ(order.wait().error().what(), "the process died 3 times while it handled this message");
  EXPECT_EQ(acting().ask<Read>(mortal, 20s)->n(), 1'000u);
}

TEST_F(Restart, AtMostOnceLosesTheMessageInHandAndSaysSo) {
  const auto careless = *acting().create<Careless>({});
  acting().send<Add>(careless, 0u);
  recover();
  EXPECT_EQ(acting().ask<Read>(careless, 20s)->n(), 1u);
  const auto lost = shm::total_counters(node_->segment())[static_cast<std::size_t>(shm::Counter::LostInHand)];
  EXPECT_EQ(lost, 1u);
}

TEST_F(Restart, AnAnswerThatADeadActorOwedIsGivenByTheRepairer) {
  const auto debtor = *acting().create<Debtor>({});
  auto first = acting().request<Read>(debtor, 20s);
  acting().send<Add>(debtor, 7u);
  EXPECT_EQ(first.wait()->n(), 7u);
  auto second = acting().request<Read>(debtor, 20s);
  acting().send<Add>(debtor, 0u);
  recover();
  EXPECT_EQ(second.wait().error().code(), buskin::Code::ActorRestarted);
}

TEST_F(Restart, ARestartedParentFindsItsChildren) {
  const auto household = *acting().create<Household>({});
  EXPECT_EQ(acting().ask<Read>(household, 20s)->n(), 11u);
  for (int death = 0; death < 5; ++death) {
    acting().send<Add>(household, 1u);
    recover();
    EXPECT_EQ(acting().ask<Read>(household, 20s)->n(), 11u);
  }
}

}  // namespace restart_test
