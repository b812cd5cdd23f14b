// reaper_test: an admin that is stopped or dead does not hold up a restart.
#include <fcntl.h>

#include <algorithm>
#include <random>

#include "api/runtime/start/admin_process.hpp"
#include "api/runtime/recovery/member_facts.hpp"
#include "recovery.hpp"
#include "tests/support/chosen.hpp"

namespace admin_test {

/// Waits with the message in hand until it is killed; its next instance answers.
struct Holder : buskin::Actor<buskin::Ask<Ping, Pong>> {
  void on(Message<Ping> ping, ReplyTo<Pong> reply) {
    const std::string file = ping->text()->str();
    if (!file.empty() && !ping.redelivered()) {
      std::ofstream(file) << ::getpid();
      buskin::test::sleep_for_ever();
    }
    reply(::getpid());
  }
};

/// Has a child that escalates its failures, and passes requests on to it.
struct Parent : buskin::Actor<buskin::Ask<Ping, Pong>> {
  void on_start(Context& context) {
    child = context.create<Echo>({.supervise = {.on_crash = buskin::Decision::Escalate}});
  }
  void on(Message<Ping> ping, ReplyTo<Pong>, Context& context) { context.forward(child, std::move(ping)); }

  buskin::Ref<Echo> child{};
};

/// Answers with the code of a send of 1 001 bytes.
struct LargeSender : buskin::Actor<buskin::Ask<Ping, Pong>> {
  void on(Message<Ping>, ReplyTo<Pong> reply, Context& context) {
    reply(static_cast<int>(context.try_send<buskin::Bytes>(context.self(), std::string(1'001, 'x')).code()));
  }
};

namespace {

class Reaper : public RecoveryWorld {
 protected:
  void TearDown() override {
    for (const int pid : stopped_) ::kill(pid, SIGCONT);
    RecoveryWorld::TearDown();
  }
  void stop(int pid) {
    ASSERT_GT(pid, 0);
    ASSERT_EQ(::kill(pid, SIGSTOP), 0);
    stopped_.push_back(pid);
    ASSERT_TRUE(becomes([&] { return state_of(pid) == 'T'; }));
  }
  static void go_on(int pid) { ASSERT_EQ(::kill(pid, SIGCONT), 0); }
  /// Its state as /proc names it: T is stopped.
  static char state_of(int pid) {
    const std::string text = whole_file("/proc/" + std::to_string(pid) + "/stat");
    const std::size_t at = text.rfind(')');
    return at == std::string::npos ? '?' : text[at + 2];
  }
  /// The process that has the message in hand.
  int holder_of(const std::string& file) {
    EXPECT_TRUE(becomes([&] { return !whole_file(file).empty(); }));
    return std::atoi(whole_file(file).c_str());
  }
  std::size_t deaths_count() { return tool_json({"deaths"})["deaths"].size(); }
  Json actor(std::uint32_t index) {
    const Json ps = tool_json({"ps"});
    for (const Json& one : ps["actors"]) {
      if (one["index"] == index) return one;
    }
    return nullptr;
  }

  std::vector<int> stopped_;
};

TEST_F(Reaper, AnAskInFlightIsAnsweredByTheNextInstanceWhileTheAdminIsStopped) {
  buskin::ActorSystem system(options());
  const auto holder = system.create<Holder>();
  ASSERT_TRUE(holder.ok()) << holder.error().what();
  const int chief = admin();
  stop(chief);
  auto pending = system.request<Ping>(*holder, 15s, folder_.file("hand").c_str());
  const int pid = holder_of(folder_.file("hand"));
  ::kill(pid, SIGKILL);
  const auto pong = pending.wait();
  ASSERT_TRUE(pong.ok()) << pong.error().what();
  EXPECT_NE(pong->pid(), pid);
  EXPECT_EQ(state_of(chief), 'T');
  const Json death = death_of(pid);
  EXPECT_EQ(death["by"].get<std::string>().substr(0, 11), "fork server");
  EXPECT_EQ(death["reason"], "its process was ended by signal 9 (Killed)");
  EXPECT_EQ(death["redelivered"], 1);

  go_on(chief);
  const auto more = system.create<Echo>();  // The admin has handled everything that waited for it.
  ASSERT_TRUE(more.ok()) << more.error().what();
  EXPECT_EQ(system.ask<Ping>(*holder, 10s, "")->pid(), pong->pid());
  EXPECT_EQ(actor(holder->address().index())["restarts"], 1);
  EXPECT_EQ(deaths_count(), 1u);
  expect_clean();
}

TEST_F(Reaper, AnActorIsRestartedAgainAndAgainWhileTheAdminIsStopped) {
  buskin::ActorSystem system(options());
  const auto holder = system.create<Holder>();
  int pid = system.ask<Ping>(*holder, 10s, "")->pid();
  const int chief = admin();
  stop(chief);
  for (int i = 1; i <= 4; ++i) {
    kill_now(pid);
    const auto pong = system.ask<Ping>(*holder, 15s, "");
    ASSERT_TRUE(pong.ok()) << i << ": " << pong.error().what();
    EXPECT_NE(pong->pid(), pid);
    pid = pong->pid();
  }
  go_on(chief);
  ASSERT_TRUE(system.create<Echo>().ok());
  EXPECT_EQ(system.ask<Ping>(*holder, 10s, "")->pid(), pid);
  EXPECT_EQ(actor(holder->address().index())["restarts"], 4);
  expect_clean();
}

TEST_F(Reaper, TooManyCrashesEndAnActorAlsoWhileTheAdminIsStopped) {
  buskin::ActorSystem system(options());
  const auto holder = system.create<Holder>({.supervise = {.restarts = 2, .backoff = 1ms}});
  const int chief = admin();
  for (int i = 0; i < 3; ++i) {
    const auto pong = system.ask<Ping>(*holder, 15s, "");
    ASSERT_TRUE(pong.ok()) << pong.error().what();
    if (i == 0) stop(chief);
    kill_now(pong->pid());
  }
  EXPECT_TRUE(becomes([&] { return system.try_send<Ping>(*holder, "").code() == buskin::Code::NoSuchActor; }));
  go_on(chief);
  EXPECT_TRUE(becomes([&] { return tool_json({"ps"})["actors"].empty(); }));
  expect_clean();
}

TEST_F(Reaper, ARestartThatWaitsIsCountedOnceAlsoWhenAnotherProcessCarriesItOut) {
  buskin::ActorSystem system(options());
  for (const int signal : {SIGKILL, SIGSTOP}) {
    const auto holder = system.create<Holder>({.supervise = {.restarts = 2, .within = 1h, .backoff = 1s}});
    kill_now(system.ask<Ping>(*holder, 15s, "")->pid());
    kill_now(system.ask<Ping>(*holder, 15s, "")->pid());
    EXPECT_TRUE(becomes([&] { return restarts_of(holder->address()) == 2; }));  // The second one waits.
    const int chief = admin();
    signal == SIGSTOP ? stop(chief) : kill_now(chief);
    const auto pong = system.ask<Ping>(*holder, 15s, "");
    ASSERT_TRUE(pong.ok()) << pong.error().what();
    if (signal == SIGSTOP) go_on(chief);
    ASSERT_TRUE(system.create<Echo>().ok());  // The admin has handled everything that waited for it.
    EXPECT_EQ(restarts_of(holder->address()), 2) << signal;
  }
  expect_clean();
}

TEST_F(Reaper, ActorsOfASharedProcessComeBackTogetherWhileTheAdminIsStopped) {
  buskin::ActorSystem system(options());
  std::vector<buskin::Ref<Echo>> light;
  for (int i = 0; i < 5; ++i) light.push_back(*system.create<Echo>({.place = buskin::shared("light")}));
  const int pid = pid_of(system, light[0]);
  const int chief = admin();
  stop(chief);
  kill_now(pid);
  const int next = pid_of(system, light[0]);
  EXPECT_NE(next, pid);
  for (const auto& echo : light) EXPECT_EQ(pid_of(system, echo), next);
  go_on(chief);
  // The admin knows the place now, so the next actor is created in it.
  const auto more = system.create<Echo>({.place = buskin::shared("light")});
  ASSERT_TRUE(more.ok()) << more.error().what();
  EXPECT_NE(pid_of(system, *more), 0);
  for (const auto& echo : light) EXPECT_EQ(pid_of(system, echo), next);
  for (const auto& echo : light) EXPECT_EQ(actor(echo.address().index())["restarts"], 1);
  expect_clean();
}

TEST_F(Reaper, AnActorIsRestartedWhenItsProcessAndTheAdminAreKilledAtOnce) {
  buskin::ActorSystem system(options());
  const auto holder = system.create<Holder>();
  ASSERT_TRUE(holder.ok()) << holder.error().what();
  auto pending = system.request<Ping>(*holder, 15s, folder_.file("hand").c_str());
  const int pid = holder_of(folder_.file("hand"));
  const int chief = admin();
  ::kill(chief, SIGKILL);
  ::kill(pid, SIGKILL);
  const auto pong = pending.wait();
  ASSERT_TRUE(pong.ok()) << pong.error().what();
  EXPECT_NE(pong->pid(), pid);
  EXPECT_TRUE(has_new_admin(chief));
  ASSERT_TRUE(system.create<Echo>().ok());
  EXPECT_EQ(system.ask<Ping>(*holder, 10s, "")->pid(), pong->pid());
  EXPECT_EQ(actor(holder->address().index())["restarts"], 1);
  EXPECT_TRUE(becomes([&] { return tool_json({"status"})["reaper"] == admin(); }));
  expect_clean();
}

TEST_F(Reaper, AChildOfAFormerForkServerIsRestartedWhileTheAdminIsStopped) {
  buskin::ActorSystem system(options());
  const auto holder = system.create<Holder>();
  const int pid = system.ask<Ping>(*holder, 10s, "")->pid();
  const int chief = admin();
  stop(chief);
  const int server = pid_with("fork server");
  kill_now(server);
  ASSERT_TRUE(becomes([&] { return pid_with("fork server") != 0 && pid_with("fork server") != server; }));
  kill_now(pid);
  const auto pong = system.ask<Ping>(*holder, 15s, "");
  ASSERT_TRUE(pong.ok()) << pong.error().what();
  EXPECT_NE(pong->pid(), pid);
  go_on(chief);
  ASSERT_TRUE(system.create<Echo>().ok());
  EXPECT_EQ(actor(holder->address().index())["restarts"], 1);
  expect_clean();
}

TEST_F(Reaper, ActorsWhoseProgramHasNobodyLeftWaitForIt) {
  (void)options();
  ASSERT_EQ(tool({"start"}).code, 0);
  buskin::test::Child program([&] {
    buskin::ActorSystem system(options());
    const auto holder = system.create<Holder>({.name = "holder"});
    std::ofstream(folder_.file("pid")) << system.ask<Ping>(*holder, 10s, "")->pid();
    if (!becomes([&] { return std::filesystem::exists(folder_.file("stopped")); })) return 1;
    system.send<Ping>(*holder, "");
    std::ofstream(folder_.file("sent")) << "";
    return buskin::test::sleep_for_ever();
  });
  const int pid = holder_of(folder_.file("pid"));
  stop(pid);  // It handles no more messages.
  std::ofstream(folder_.file("stopped")) << "";
  ASSERT_TRUE(becomes([&] { return std::filesystem::exists(folder_.file("sent")); }));
  const std::uint32_t index = tool_json({"ps"})["actors"][0]["index"].get<std::uint32_t>();
  const int chief = admin();
  stop(chief);
  program.kill();
  kill_fork_server_and_standby();
  kill_now(pid);
  go_on(chief);
  EXPECT_TRUE(becomes([&] { return actor(index)["state"] == "waiting for program"; }));
  EXPECT_EQ(actor(index)["mailbox"]["messages"], 1);
  // The program runs again.
  buskin::ActorSystem again(options());
  const auto holder = again.find<Holder>("holder");
  const auto pong = again.ask<Ping>(holder, 15s, "");
  ASSERT_TRUE(pong.ok()) << pong.error().what();
  EXPECT_NE(pong->pid(), pid);
  EXPECT_TRUE(becomes([&] { return actor(index)["mailbox"]["messages"] == 0; }));
  expect_clean();
}

TEST_F(Reaper, AKeptProgramIsStartedAgainWhenItsForkServerAndStandbyAreDead) {
  (void)options();
  ASSERT_EQ(tool({"start"}).code, 0);
  const std::string program = std::filesystem::read_symlink("/proc/self/exe").string();
  ASSERT_EQ(tool({"program", "add", program}).code, 0);
  buskin::ActorSystem system(options());
  const auto holder = system.create<Holder>();
  ASSERT_TRUE(holder.ok()) << holder.error().what();
  const int pid = system.ask<Ping>(*holder, 10s, "")->pid();
  const int server = pid_with("fork server");
  kill_fork_server_and_standby();
  kill_now(pid);
  const auto pong = system.ask<Ping>(*holder, 15s, "");
  ASSERT_TRUE(pong.ok()) << pong.error().what();
  EXPECT_NE(pong->pid(), pid);
  EXPECT_NE(pid_with("fork server"), server);
  expect_clean();
}

TEST_F(Reaper, LinesOfARestartedActorReachItsCreatorAlsoWhenAnotherAdminCame) {
  buskin::ActorSystem system(options());
  const auto echo = system.create<Echo>();
  const int pid = pid_of(system, *echo);
  const int former = admin();
  kill_now(former);
  ASSERT_TRUE(has_new_admin(former));
  kill_now(pid);
  const std::string file = folder_.file("lines");
  const int kept = ::dup(STDERR_FILENO);
  const int lines = ::open(file.c_str(), O_WRONLY | O_CREAT, 0600);
  ::dup2(lines, STDERR_FILENO);
  EXPECT_NE(pid_of(system, *echo, "still here"), pid);
  EXPECT_TRUE(becomes([&] { return whole_file(file).find("still here") != std::string::npos; }));
  ::dup2(kept, STDERR_FILENO);
  ::close(lines);
  ::close(kept);
}

TEST_F(Reaper, AnActorThatEscalatesItsCrashEndsItsParentToo) {
  buskin::ActorSystem system(options());
  const auto parent = system.create<Parent>();
  const auto pong = system.ask<Ping>(*parent, 10s, "");
  ASSERT_TRUE(pong.ok()) << pong.error().what();
  kill_now(pong->pid());
  EXPECT_TRUE(becomes([&] { return tool_json({"ps"})["actors"].empty(); }));
  // Without clients it ends by itself.
  const auto alone = system.create<Echo>({.supervise = {.on_crash = buskin::Decision::Escalate}});
  const auto other = system.create<Echo>();
  kill_now(pid_of(system, *alone));
  EXPECT_TRUE(becomes([&] { return system.try_send<Ping>(*alone, "").code() == buskin::Code::NoSuchActor; }));
  EXPECT_NE(pid_of(system, *other), 0);
}

TEST_F(Reaper, TheLargestMessageAllowedIsThatOfTheCreator) {
  buskin::SystemOptions small = options();
  small.message_max = 1'000;
  buskin::ActorSystem system(small);
  const auto sender = system.create<LargeSender>();
  ASSERT_TRUE(sender.ok()) << sender.error().what();
  EXPECT_EQ(system.ask<Ping>(*sender, 10s, "")->pid(), static_cast<int>(buskin::Code::TooBig));
}

/// Prints the figures for docs/crash-safety.md.
TEST_F(Reaper, TellsHowLongSuccessorsTake) {
  constexpr int kRounds = 11;
  using Clock = std::chrono::steady_clock;
  const auto us_since = [](Clock::time_point begin) {
    return std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - begin).count();
  };
  buskin::ActorSystem system(options());
  const auto segment = buskin::shm::Segment::attach(folder_.file("buskin.root.default"));
  ASSERT_TRUE(segment.ok());
  const auto paths = buskin::runtime::paths_of_segment(folder_.file("buskin.root.default"));
  std::vector<std::int64_t> admins;
  for (int i = 0; i < kRounds; ++i) {
    const auto former = buskin::runtime::admin_member(segment.value());
    const auto begin = Clock::now();
    ASSERT_EQ(::kill(buskin::runtime::admin_pid(segment.value()), SIGKILL), 0);
    ASSERT_TRUE(becomes([&] {
      return buskin::runtime::admin_member(segment.value()) != former &&
             buskin::runtime::has_living_admin(segment.value(), paths);
    }));
    // It answers, so it is ready.
    ASSERT_TRUE(system.create<Echo>().ok());
    admins.push_back(us_since(begin));
  }
  std::vector<buskin::Ref<Echo>> echoes;
  std::vector<int> victims;
  for (int i = 0; i < kRounds; ++i) {
    echoes.push_back(*system.create<Echo>());
    victims.push_back(pid_of(system, echoes.back()));
  }
  stop(admin());
  std::vector<std::int64_t> messages;
  for (std::size_t i = 0; i < echoes.size(); ++i) {
    const auto begin = Clock::now();
    ASSERT_EQ(::kill(victims[i], SIGKILL), 0);
    EXPECT_NE(pid_of(system, echoes[i]), victims[i]);
    messages.push_back(us_since(begin));
  }
  std::sort(admins.begin(), admins.end());
  std::sort(messages.begin(), messages.end());
  std::printf("kill of the admin to an actor made by the next: p50 %lld us, max %lld us\n",
              static_cast<long long>(admins[kRounds / 2]), static_cast<long long>(admins.back()));
  std::printf("kill of an actor to its next answer, admin stopped: p50 %lld us, max %lld us\n",
              static_cast<long long>(messages[kRounds / 2]), static_cast<long long>(messages.back()));
}

/// Stops every process of the system, one or several at once, at random.
TEST_F(Reaper, StopsAreNoDeaths) {
  constexpr int kRounds = 150;
  const std::uint64_t seed = buskin::test::number_from("BUSKIN_SEED", std::random_device{}());
  std::printf("seed %llu (BUSKIN_SEED)\n", static_cast<unsigned long long>(seed));
  std::mt19937_64 random(seed);
  buskin::ActorSystem system(options());
  std::vector<buskin::Ref<Echo>> echoes;
  for (int i = 0; i < 3; ++i) echoes.push_back(*system.create<Echo>());
  echoes.push_back(*system.create<Echo>({.place = buskin::shared("light")}));
  std::vector<int> first;
  for (const auto& echo : echoes) first.push_back(pid_of(system, echo));
  const std::vector<int> all = pids();
  stopped_ = all;
  for (int i = 0; i < kRounds; ++i) {
    for (const int pid : all) {
      if (random() % 3 == 0) ::kill(pid, SIGSTOP);
    }
    std::vector<decltype(system.request<Ping>(echoes[0], 20s, ""))> asked;
    for (const auto& echo : echoes) asked.push_back(system.request<Ping>(echo, 20s, ""));
    // At times longer than other processes wait before they act in its place.
    std::this_thread::sleep_for(i % 15 == 0 ? 120ms : std::chrono::milliseconds(random() % 4));
    for (const int pid : all) ::kill(pid, SIGCONT);
    for (std::size_t k = 0; k < asked.size(); ++k) {
      const auto pong = asked[k].wait();
      ASSERT_TRUE(pong.ok()) << pong.error().what();
      EXPECT_EQ(pong->pid(), first[k]);
    }
  }
  EXPECT_EQ(deaths_count(), 0u);
  EXPECT_EQ(pids(), all);
  expect_clean();
}

}  // namespace
}  // namespace admin_test
