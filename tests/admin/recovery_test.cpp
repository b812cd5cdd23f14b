// recovery_test: the system goes on, whichever process is killed.
#include <future>

#include "recovery.hpp"

namespace admin_test {

/// Counts its messages, and dies of one that asks for it.
struct Mortal : buskin::Actor<buskin::Ask<Ping, Pong>> {
  void on(Message<Ping> ping, ReplyTo<Pong> reply) {
    if (ping->text()->str() == "die always") ::_exit(3);
    if (ping->text()->str() == "die once" && !ping.redelivered()) ::raise(SIGKILL);
    reply(::getpid());
  }
};

namespace {

class Recovery : public RecoveryWorld {
 protected:
  /// One with an actor of the name "named".
  void leave_dead_system() {
    (void)options();
    buskin::test::Child client([&] {
      buskin::ActorSystem system(options());
      (void)system.create<Mortal>({.name = "named"});
      std::ofstream(folder_.file("ready")) << "ready";
      return buskin::test::sleep_for_ever();
    });
    ASSERT_TRUE(becomes([&] { return std::filesystem::exists(folder_.file("ready")); }));
    kill_system(client);
  }
};

TEST_F(Recovery, TrafficGoesOnWithoutAnAdminAndAnotherOneFollows) {
  buskin::ActorSystem system(options());
  const auto echo = system.create<Echo>();
  const int pid = pid_of(system, *echo);
  const int former = admin();
  kill_now(former);
  EXPECT_EQ(pid_of(system, *echo), pid);
  EXPECT_TRUE(has_new_admin(former));
  EXPECT_EQ(pid_of(system, *echo), pid);
  const auto more = system.create<Echo>();
  ASSERT_TRUE(more.ok()) << more.error().what();
  EXPECT_NE(pid_of(system, *more), pid);
  EXPECT_EQ(tool_json({"status"})["admins"], 2);
  expect_clean();
}

TEST_F(Recovery, ActorsAreMadeWhileTheAdminIsKilledAgainAndAgain) {
  buskin::ActorSystem system(options());
  for (int i = 0; i < 5; ++i) {
    const auto echo = system.create<Echo>();
    ASSERT_TRUE(echo.ok()) << echo.error().what();
    const int former = admin();
    if (former != 0) ::kill(former, SIGKILL);
    const auto other = system.create<Echo>();
    ASSERT_TRUE(other.ok()) << i << ": " << other.error().what();
    EXPECT_NE(pid_of(system, *other), pid_of(system, *echo));
    system.exit(*echo);
    system.exit(*other);
  }
  EXPECT_TRUE(becomes([&] { return tool_json({"ps"})["actors"].empty(); }));
}

TEST_F(Recovery, TheSuccessorOfAKilledAdminEndsTheSystemToo) {
  {
    buskin::ActorSystem system(options());
    const auto echo = system.create<Echo>();
    const int former = admin();
    kill_now(former);
    EXPECT_TRUE(has_new_admin(former));
    system.exit(*echo);
  }
  EXPECT_TRUE(becomes([&] { return files_count() == 0; }));
}

TEST_F(Recovery, AKilledForkServerIsFollowedByItsStandby) {
  buskin::ActorSystem system(options());
  const auto echo = system.create<Echo>();
  const int pid = pid_of(system, *echo);
  for (int i = 0; i < 3; ++i) {
    const int former = pid_with("fork server");
    kill_now(former);
    EXPECT_EQ(pid_of(system, *echo), pid);
    const auto more = system.create<Echo>();
    ASSERT_TRUE(more.ok()) << more.error().what();
    EXPECT_NE(pid_of(system, *more), 0);
    EXPECT_TRUE(becomes([&] { return pid_with("fork server") != 0 && pid_with("fork server") != former; }));
  }
  expect_clean();
}

TEST_F(Recovery, AKilledStandbyIsReplacedByOneThatIsAsGood) {
  buskin::ActorSystem system(options());
  const auto echo = system.create<Echo>();
  const int pid = pid_of(system, *echo);
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(becomes([&] { return standbys().size() == 1; }));
    const int standby = standbys()[0];
    kill_now(standby);
    EXPECT_TRUE(becomes([&] { return standbys().size() == 1 && standbys()[0] != standby; }));
    const int next = standbys()[0];
    const int former = admin();
    kill_now(former);
    EXPECT_TRUE(has_new_admin(former));
    kill_now(pid_with("fork server"));
    EXPECT_TRUE(becomes([&] { return pid_with("fork server") == next; }));
    EXPECT_EQ(pid_of(system, *echo), pid);
    const auto more = system.create<Echo>();
    ASSERT_TRUE(more.ok()) << more.error().what();
    EXPECT_GT(pid_of(system, *more), 0);
  }
  expect_clean();
}

/// The admin sees a death, and asks for the next process, before the fork server sees it.
TEST_F(Recovery, AForkServerThatIsSlowToSeeADeathForksTheNextProcess) {
  buskin::ActorSystem system(options());
  for (const buskin::Place& place : {buskin::own_process, buskin::shared("slow")}) {
    const auto echo = system.create<Echo>({.place = place});
    const int pid = pid_of(system, *echo);
    const int server = pid_with("fork server");
    ASSERT_EQ(::kill(server, SIGSTOP), 0);
    kill_now(pid);
    EXPECT_TRUE(becomes([&] { return mail_of(server) != 0; }));
    ASSERT_EQ(::kill(server, SIGCONT), 0);
    EXPECT_NE(pid_of(system, *echo), pid);
    EXPECT_GT(pid_of(system, *system.create<Echo>({.place = place})), 0);
    // The report of the fork server came when the restart was counted already.
    EXPECT_EQ(restarts_of(echo->address()), 1) << place.name;
  }
  expect_clean();
}

/// No other process is left that could do it: the client itself asks for nothing.
TEST_F(Recovery, AClientStartsWhatWasKilledTogetherWithItsStandby) {
  buskin::ActorSystem system(options());
  const auto echo = system.create<Echo>();
  int pid = pid_of(system, *echo);
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(becomes([&] { return standbys().size() == 1; }));
    const int former = admin();
    ASSERT_EQ(::kill(former, SIGSTOP), 0);
    kill_fork_server_and_standby();
    kill_now(pid);
    kill_now(former);
    const int next = pid_of(system, *echo);
    EXPECT_NE(next, pid);
    EXPECT_TRUE(has_new_admin(former));
    pid = next;
  }
  EXPECT_EQ(tool_json({"status"})["admins"], 4);
  expect_clean();
}

TEST_F(Recovery, TheSuccessorOfAKilledForkServerStartsTheActorsThatItOwed) {
  buskin::ActorSystem system(options());
  ASSERT_GT(pid_of(system, *system.create<Echo>()), 0);
  for (const buskin::Place& place : {buskin::own_process, buskin::shared("late")}) {
    const int server = pid_with("fork server");
    ASSERT_EQ(::kill(server, SIGSTOP), 0);
    auto created = std::async(std::launch::async, [&] { return system.create<Echo>({.place = place}); });
    EXPECT_TRUE(becomes([&] { return mail_of(server) != 0; }));
    kill_now(server);
    const auto echo = created.get();
    ASSERT_TRUE(echo.ok()) << echo.error().what();
    EXPECT_GT(pid_of(system, *echo), 0);
    EXPECT_GT(pid_of(system, *system.create<Echo>({.place = place})), 0);
  }
  expect_clean();
}

TEST_F(Recovery, AnActorWhoseProcessIsKilledAnswersFromAnother) {
  buskin::ActorSystem system(options());
  const auto mortal = system.create<Mortal>();
  const int pid = system.ask<Ping>(*mortal, 10s, "")->pid();
  kill_now(pid);
  const auto pong = system.ask<Ping>(*mortal, 10s, "");
  ASSERT_TRUE(pong.ok()) << pong.error().what();
  EXPECT_NE(pong->pid(), pid);
  expect_clean();
}

TEST_F(Recovery, AnAskInFlightIsAnsweredByTheNextInstance) {
  buskin::ActorSystem system(options());
  const auto mortal = system.create<Mortal>();
  const int pid = system.ask<Ping>(*mortal, 10s, "")->pid();
  const auto pong = system.ask<Ping>(*mortal, 10s, "die once");
  ASSERT_TRUE(pong.ok()) << pong.error().what();
  EXPECT_NE(pong->pid(), pid);
  const Json actors = tool_json({"ps"})["actors"];
  ASSERT_EQ(actors.size(), 1u);
  EXPECT_EQ(actors[0]["restarts"], 1);
}

TEST_F(Recovery, AnActorThatCrashesTooOftenIsGoneForGood) {
  buskin::ActorSystem system(options());
  const auto mortal = system.create<Mortal>({.supervise = {.restarts = 3, .backoff = 1ms, .attempts = 15}});
  const auto answer = system.ask<Ping>(*mortal, 10s, "die always");
  EXPECT_EQ(answer.error().code(), buskin::Code::ActorDied) << answer.error().what();
  EXPECT_TRUE(becomes([&] { return system.try_send<Ping>(*mortal, "").code() == buskin::Code::NoSuchActor; }));
  EXPECT_TRUE(becomes([&] { return tool_json({"ps"})["actors"].empty(); }));
  expect_clean();
}

TEST_F(Recovery, AKilledActorIsRestartedAlsoWhenTheAdminIsKilledWithIt) {
  buskin::ActorSystem system(options());
  const auto mortal = system.create<Mortal>();
  const int pid = system.ask<Ping>(*mortal, 10s, "")->pid();
  ::kill(admin(), SIGKILL);
  kill_now(pid);
  const auto pong = system.ask<Ping>(*mortal, 15s, "");
  ASSERT_TRUE(pong.ok()) << pong.error().what();
  EXPECT_NE(pong->pid(), pid);
}

TEST_F(Recovery, ActorsOfASharedProcessComeBackTogether) {
  buskin::ActorSystem system(options());
  std::vector<buskin::Ref<Echo>> light;
  for (int i = 0; i < 5; ++i) light.push_back(*system.create<Echo>({.place = buskin::shared("light")}));
  const int pid = pid_of(system, light[0]);
  kill_now(pid);
  const int next = pid_of(system, light[0]);
  EXPECT_NE(next, pid);
  for (const auto& echo : light) EXPECT_EQ(pid_of(system, echo), next);
  expect_clean();
}

/// A client of its own starts all processes of the system, and is killed with them.
TEST_F(Recovery, WhenAllAreKilledTheNextStartResumesWhoHasAName) {
  (void)options();
  buskin::test::Child client([&] {
    buskin::ActorSystem system(options());
    const auto named = system.create<Mortal>({.name = "named"});
    const auto other = system.create<Mortal>();
    if (!system.ask<Ping>(*named, 10s, "").ok() || !other.ok()) return 1;
    std::ofstream(folder_.file("ready")) << "ready";
    return buskin::test::sleep_for_ever();
  });
  ASSERT_TRUE(becomes([&] { return std::filesystem::exists(folder_.file("ready")); }));
  kill_system(client);
  buskin::ActorSystem again(options());
  const buskin::Ref<Mortal> named = again.find<Mortal>("named");
  ASSERT_TRUE(named.address());
  const auto pong = again.ask<Ping>(named, 10s, "");
  EXPECT_TRUE(pong.ok()) << pong.error().what();
  EXPECT_EQ(tool_json({"ps"})["actors"].size(), 1u);
  const std::string log = whole_file(folder_.file("buskin.root.default.log"));
  EXPECT_NE(log.find("resumes system default, whose processes were all dead: 1 actors wait for their program, 1 ended "
                     "as system_died"),
            std::string::npos)
      << log;
  expect_clean();
}

TEST_F(Recovery, AResetForgetsWhatADeadSystemLeft) {
  leave_dead_system();
  const Json started = tool_json({"start", "--reset"});
  EXPECT_TRUE(started["started"].get<bool>());
  EXPECT_TRUE(tool_json({"ps"})["actors"].empty());
}

TEST_F(Recovery, AProgramMayForgetWhatADeadSystemLeft) {
  leave_dead_system();
  buskin::SystemOptions anew = options();
  anew.reset = true;
  buskin::ActorSystem system(anew);
  EXPECT_FALSE(system.find("named"));
}

TEST_F(Recovery, AnAdminThatDiesWhileItStartsIsFollowedByAnother) {
  leave_dead_system();
  const std::string script = folder_.file("admin");
  std::ofstream(script) << "#!/bin/sh\nif [ ! -e " << folder_.file("tried") << " ]; then : > " << folder_.file("tried")
                        << "; kill -9 $$; fi\nexec " << BUSKIN_TEST_BUILD_DIR "/bin/buskin-admin \"$@\"\n";
  std::filesystem::permissions(script, std::filesystem::perms::owner_all);
  ASSERT_EQ(::setenv("BUSKIN_ADMIN", script.c_str(), 1), 0);
  buskin::ActorSystem again(options());
  EXPECT_TRUE(std::filesystem::exists(folder_.file("tried")));
  EXPECT_TRUE(again.find("named"));
}

/// Its parent process sees the death later than this test.
TEST_F(Recovery, HowAProcessDiedIsToldAlsoWhileItsForkServerIsStopped) {
  buskin::ActorSystem system(options());
  const int pid = pid_of(system, *system.create<Echo>());
  const int server = pid_with("fork server");
  ASSERT_EQ(::kill(server, SIGSTOP), 0);
  kill_now(pid);
  EXPECT_EQ(death_of(pid)["reason"], "its process was ended by signal 9 (Killed)");
  ASSERT_EQ(::kill(server, SIGCONT), 0);
}

TEST_F(Recovery, DeathsAreToldWithTheirReasonAndTheirCost) {
  buskin::ActorSystem system(options());
  const auto mortal = system.create<Mortal>();
  const int pid = system.ask<Ping>(*mortal, 10s, "")->pid();
  kill_now(pid);
  ASSERT_TRUE(system.ask<Ping>(*mortal, 10s, "").ok());
  const Json mine = death_of(pid);
  EXPECT_EQ(mine["reason"], "its process was ended by signal 9 (Killed)");
  EXPECT_EQ(mine["title"], "Mortal " + std::to_string(mortal->address().index()));
  EXPECT_EQ(mine["actors"], 1);
  EXPECT_GT(mine["cost_ns"], 0);
}

}  // namespace
}  // namespace admin_test
