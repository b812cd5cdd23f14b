// full_memory_test: on a memory file system that is full, each process may die, and its actors come back with their
// state.
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/statvfs.h>

#include "api/runtime/client/client.hpp"
#include "recovery.hpp"

namespace admin_test {

/// Counts the messages without a text, and answers with the count; answers any other with its process.
struct Account : buskin::Actor<buskin::Ask<Ping, Pong>, buskin::Saves<Pong>> {
  static constexpr auto delivery = buskin::Delivery::ExactlyOnce;
  void on(Message<Ping> ping, ReplyTo<Pong> reply, Context& context) {
    if (ping->text()->str() == "pid") return reply(::getpid());
    if (ping->text()->size() == 0) context.save<Pong>(++count);
    reply(count);
  }
  void on_restart(const Pong& saved) { count = saved.pid(); }
  int count = 0;
};

namespace {

constexpr int kCannotMount = 77;
constexpr int kCount = 5;

class FullMemory : public RecoveryWorld {
 protected:
  /// Runs `body` where the folder of the systems is a tmpfs of 16 MiB, which no process outside sees.
  void on_small_tmpfs(const std::function<void()>& body) {
    buskin::test::Child child([&] {
      const int spaces = ::geteuid() == 0 ? CLONE_NEWNS : CLONE_NEWNS | CLONE_NEWUSER;
      if (::unshare(spaces) != 0 || ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
          ::mount("tmpfs", folder_.path().c_str(), "tmpfs", 0, "size=16m,mode=0700") != 0) {
        return kCannotMount;
      }
      body();
      const auto begin = std::chrono::steady_clock::now();
      EXPECT_EQ(tool({"stop", "--deadline", "10"}).code, 0);
      EXPECT_LT(std::chrono::steady_clock::now() - begin, 8s);
      std::fflush(stdout);
      return HasFailure() ? 1 : 0;
    });
    const int result = child.wait();
    if (result == kCannotMount) GTEST_SKIP() << "this user may not mount a tmpfs, not even in a namespace of its own";
    EXPECT_EQ(result, 0);
  }

  /// A file of a stranger takes all that is left.
  void fill() const {
    const int fd = ::open(stranger().c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    ASSERT_GE(fd, 0);
    const std::vector<char> page(4'096, 'x');
    while (::write(fd, page.data(), page.size()) > 0) {  // Ends: with ENOSPC.
    }
    ::close(fd);
    struct statvfs room {};
    ASSERT_EQ(::statvfs(folder_.path().c_str(), &room), 0);
    ASSERT_EQ(room.f_bavail, 0u);
  }
  void make_room() const { std::filesystem::remove(stranger()); }
  std::string stranger() const { return folder_.file("stranger"); }

  /// Sends to an actor whose process stands still until there is no memory for a small message.
  static void flood(buskin::ActorSystem& system, buskin::Ref<Account> deaf) {
    while (system.try_send<Ping>(deaf, std::string(100, 'x')).ok()) {  // Ends: with no_memory, or a full mailbox.
    }
  }

  /// One in its own process, and two in a shared one.
  void create_accounts(buskin::ActorSystem& system) {
    accounts_ = {*system.create<Account>({.name = "own"}),
                 *system.create<Account>({.name = "one", .place = buskin::shared("light")}),
                 *system.create<Account>({.name = "two", .place = buskin::shared("light")})};
    for (int i = 1; i <= kCount; ++i) {
      for (const auto account : accounts_) EXPECT_EQ(asked(system, account, ""), i);
    }
    own_ = asked(system, accounts_[0], "pid");
    shared_ = asked(system, accounts_[1], "pid");
  }
  /// -1 when it does not answer.
  static int asked(buskin::ActorSystem& system, buskin::Ref<Account> account, const char* text) {
    const auto pong = system.ask<Ping>(account, 500ms, text);
    return pong.ok() ? pong->pid() : -1;
  }
  /// Does each account come to answer with this count?
  void expect_counts(buskin::ActorSystem& system, int count) {
    for (const auto account : accounts_) {
      int seen = 0;
      EXPECT_TRUE(becomes([&] { return (seen = asked(system, account, "count")) == count; }))
          << seen << " after all deaths, and not " << count;
    }
  }

  void kill_all_below_the_admin() {
    for (const int pid : {shared_, own_, pid_with("fork server")}) kill_now(pid);
  }

  std::vector<buskin::Ref<Account>> accounts_;
  int own_ = -1;     // The process of the first account,
  int shared_ = -1;  // and that of the others, as they were created.
};

TEST_F(FullMemory, EachKindOfProcessComesBackWhileAStrangersFileTakesAllRoom) {
  on_small_tmpfs([&] {
    buskin::ActorSystem system(options());
    create_accounts(system);
    fill();
    for (const int pid : {shared_, own_}) {
      kill_now(pid);
      expect_counts(system, kCount);
    }
    const int former = admin();
    kill_now(former);
    EXPECT_TRUE(has_new_admin(former));
    const int server = pid_with("fork server");
    kill_now(server);
    EXPECT_TRUE(becomes([&] { return pid_with("fork server") != 0 && pid_with("fork server") != server; }));
    kill_now(asked(system, accounts_[1], "pid"));
    expect_counts(system, kCount);
    make_room();
    for (const auto account : accounts_) EXPECT_EQ(asked(system, account, ""), kCount + 1);
    expect_clean();
  });
}

TEST_F(FullMemory, EachKindOfProcessComesBackWhenTrafficHasTakenTheRestToo) {
  on_small_tmpfs([&] {
    buskin::ActorSystem system(options());
    create_accounts(system);
    const auto deaf = *system.create<Account>();
    const int stopped = asked(system, deaf, "pid");
    ASSERT_EQ(::kill(stopped, SIGSTOP), 0);
    fill();
    flood(system, deaf);
    const int former = admin();
    kill_now(former);
    EXPECT_TRUE(has_new_admin(former));
    kill_all_below_the_admin();
    make_room();
    ASSERT_EQ(::kill(stopped, SIGCONT), 0);
    expect_counts(system, kCount);
    for (const auto account : accounts_) EXPECT_EQ(asked(system, account, ""), kCount + 1);
    expect_clean();
  });
}

TEST_F(FullMemory, EachKindOfProcessComesBackWhenThereWasNotEvenAReserve) {
  on_small_tmpfs([&] {
    buskin::ActorSystem system(options());
    create_accounts(system);
    fill();
    std::vector<buskin::shm::Handle> taken;
    auto& thread = dynamic_cast<buskin::runtime::Client&>(buskin::detail::impl_of(system).client()).node().thread();
    {
      const buskin::shm::WithPurpose purposed(thread, buskin::shm::Purpose::Supervision);
      for (const std::uint64_t bytes : {4'096u, 1'024u, 512u, 256u, 128u, 64u}) {
        for (auto made = thread.heap().allocate(bytes); made.ok(); made = thread.heap().allocate(bytes)) {
          taken.push_back(made.value());
        }
      }
    }
    kill_now(admin());
    kill_all_below_the_admin();
    make_room();
    for (const auto block : taken) thread.heap().free(block);
    expect_counts(system, kCount);
    expect_clean();
  });
}

TEST_F(FullMemory, ACreationIsRefusedAtOnceAndAnEndHappens) {
  on_small_tmpfs([&] {
    buskin::ActorSystem system(options());
    create_accounts(system);
    const auto deaf = *system.create<Account>();
    const int stopped = asked(system, deaf, "pid");
    ASSERT_EQ(::kill(stopped, SIGSTOP), 0);
    fill();
    flood(system, deaf);
    const auto begin = std::chrono::steady_clock::now();
    const auto more = system.create<Account>({.name = "more"});
    EXPECT_EQ(more.error().code(), buskin::Code::NoMemory) << more.error().what();
    EXPECT_LT(std::chrono::steady_clock::now() - begin, 1s);
    for (const auto account : accounts_) system.exit(account);
    EXPECT_TRUE(becomes([&] { return tool_json({"ps"})["actors"].size() == 1; })) << tool_json({"ps"});
    ASSERT_EQ(::kill(stopped, SIGCONT), 0);
    EXPECT_TRUE(becomes([&] { return pid_with("actors") == stopped; }));
  });
}

}  // namespace
}  // namespace admin_test
