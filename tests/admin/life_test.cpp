// life_test: a system starts with its first client, and leaves nothing behind.
#include "world.hpp"

namespace admin_test {

/// Its process dies while it ends.
struct Fatal : buskin::Actor<buskin::Ask<Ping, Pong>> {
  void on(Message<Ping>, ReplyTo<Pong> reply) { reply(::getpid()); }
  void on_stop(Context&) { ::raise(SIGKILL); }
};

namespace {

using Life = World;

TEST_F(Life, NothingRemainsAfterTheLingerTimeWithoutAStop) {
  std::vector<int> all;
  {
    buskin::ActorSystem system(options());
    const auto echo = system.create<Echo>();
    ASSERT_TRUE(echo.ok()) << echo.error().what();
    const int pid = pid_of(system, *echo);
    EXPECT_NE(pid, ::getpid());
    all = pids();
    EXPECT_GE(all.size(), 3u);  // Admin, fork server, actor; and the standby, once it is there.
    EXPECT_EQ(files_count(), 2u);
    system.exit(*echo);
  }
  EXPECT_TRUE(becomes([&] { return files_count() == 0; }));
  for (const int pid : all) EXPECT_TRUE(becomes([&] { return is_gone(pid); })) << pid;
}

TEST_F(Life, ASystemEndsWhoseLastActorDiesWhileItEnds) {
  {
    buskin::ActorSystem system(options());
    const auto fatal = system.create<Fatal>();
    ASSERT_TRUE(fatal.ok()) << fatal.error().what();
    system.exit(*fatal);
  }
  EXPECT_TRUE(becomes([&] { return files_count() == 0; }));
}

TEST_F(Life, AnActorKeepsTheSystemAliveWithoutClients) {
  buskin::Ref<Echo> echo;
  int pid = 0;
  {
    buskin::ActorSystem system(options());
    echo = *system.create<Echo>({.name = "stays"});
    pid = pid_of(system, echo);
  }
  std::this_thread::sleep_for(500ms);  // Longer than the linger time: it must have no effect.
  EXPECT_FALSE(is_gone(pid));
  buskin::ActorSystem again(options());
  EXPECT_EQ(again.find<Echo>("stays"), echo);
  EXPECT_EQ(pid_of(again, echo), pid);
}

TEST_F(Life, TheActorsProcessHasAReadableTitle) {
  buskin::ActorSystem system(options());
  const auto echo = system.create<Echo>();
  const int pid = pid_of(system, *echo);
  EXPECT_EQ(command_line(pid), "buskin: Echo " + std::to_string(echo->address().index()));
}

TEST_F(Life, WhatAnActorPrintsComesToTheLogAndToItsClientsErrorStream) {
  const std::string captured = folder_.file("stderr");
  const buskin::test::Child client([&] {
    (void)!::freopen(captured.c_str(), "w", stderr);
    buskin::ActorSystem system(options());
    const auto echo = system.create<Echo>();
    (void)system.ask<Ping>(*echo, 10s, "a line of mine");
    const std::string line = "Echo " + std::to_string(echo->address().index()) + ": a line of mine\n";
    const bool is_there = becomes([&] {
      return whole_file(captured).find(line) != std::string::npos &&
             whole_file(folder_.file("buskin.root.default.log")).find(line) != std::string::npos;
    });
    return is_there ? 0 : 1;
  });
  EXPECT_EQ(const_cast<buskin::test::Child&>(client).wait(), 0) << whole_file(captured);
}

TEST_F(Life, AShellThatReadsTheOutputOfAProgramDoesNotWaitForItsSystem) {
  ASSERT_EQ(::setenv("BUSKIN_LINGER", "60", 1), 0);
  (void)options();
  const std::string hello = (std::filesystem::path(BUSKIN_TEST_BUILD_DIR) / "examples" / "hello").string();
  if (!std::filesystem::exists(hello)) GTEST_SKIP() << "the examples are not built";
  const auto outcome =
      test_support::run({.arguments = {"/bin/sh", "-c", "x=$(" + hello + " 2>&1); echo \"got $x\""}, .deadline = 20s});
  EXPECT_FALSE(outcome.timed_out);
  EXPECT_EQ(outcome.out, "got Hello, World!\n");
  EXPECT_TRUE(tool_json({"status"})["running"].get<bool>());
}

TEST_F(Life, APrivateSystemIsGoneWhenItsOwnerIsKilled) {
  buskin::test::Child owner([&] {
    buskin::SystemOptions mine = options();
    mine.private_system = true;
    buskin::ActorSystem system(mine);
    const auto echo = system.create<Echo>();
    return pid_of(system, *echo) == 0 ? 1 : buskin::test::sleep_for_ever();
  });
  ASSERT_TRUE(becomes([&] { return files_count() == 2; }));
  owner.kill();
  EXPECT_TRUE(becomes([&] { return files_count() == 0; }));
}

TEST_F(Life, ASystemWhoseSegmentIsRemovedByHandEnds) {
  buskin::ActorSystem system(options());
  const auto echo = system.create<Echo>();
  const int pid = pid_of(system, *echo);
  const std::vector<int> all = pids();
  EXPECT_EQ(tool({"status"}).code, 0);
  for (const auto& entry : std::filesystem::directory_iterator(folder_.path())) {
    const std::string name = entry.path().filename().string();
    if (name.ends_with(".default")) std::filesystem::remove(entry.path());
  }
  EXPECT_TRUE(becomes([&] { return is_gone(pid); }));
  for (const int one : all) EXPECT_TRUE(becomes([&] { return is_gone(one); }));
  EXPECT_TRUE(becomes([&] { return files_count() == 0; }));
}

TEST_F(Life, TwoSystemsOfOneFolderDoNotMeet) {
  buskin::ActorSystem one(options("one"));
  buskin::ActorSystem other(options("other"));
  const auto echo = one.create<Echo>({.name = "echo"});
  EXPECT_TRUE(echo.ok());
  EXPECT_FALSE(other.find("echo"));
  EXPECT_EQ(other.try_send<buskin::Text>(echo->address(), "?").code(), buskin::Code::BadAddress);
}

TEST_F(Life, AnActorOfItsCreatorEndsWithThatProcess) {
  buskin::ActorSystem system(options());
  const auto stays = system.create<Echo>({.name = "stays"});
  buskin::test::Child creator([&] {
    buskin::ActorSystem own(options());
    (void)own.create<Echo>({.name = "owned", .life = buskin::Life::Creator});
    (void)own.create<Echo>({.name = "free"});
    return buskin::test::sleep_for_ever();
  });
  ASSERT_TRUE(becomes([&] { return system.find("free") && system.find("owned"); }));
  creator.kill();
  EXPECT_TRUE(becomes([&] { return !system.find("owned"); }));
  EXPECT_NE(pid_of(system, system.find<Echo>("free")), 0);
  EXPECT_NE(pid_of(system, *stays), 0);
}

TEST_F(Life, ActorsOfOneSharedPlaceLiveInOneProcess) {
  buskin::ActorSystem system(options());
  const auto one = system.create<Echo>({.place = buskin::shared("light")});
  const auto two = system.create<Echo>({.place = buskin::shared("light")});
  const auto far = system.create<Echo>({.place = buskin::shared("heavy")});
  const int pid = pid_of(system, *one);
  EXPECT_EQ(pid_of(system, *two), pid);
  EXPECT_NE(pid_of(system, *far), pid);
  EXPECT_EQ(command_line(pid), "buskin: shared light");
  system.exit(*one);
  system.exit(*two);
  EXPECT_TRUE(becomes([&] { return is_gone(pid); }));
  const auto three = system.create<Echo>({.place = buskin::shared("light")});
  EXPECT_NE(pid_of(system, *three), 0);
}

TEST_F(Life, ClientsThatComeAndGoAtTheEndOfTheLingerTimeAlwaysFindASystem) {
  ASSERT_EQ(::setenv("BUSKIN_LINGER", "0", 1), 0);
  for (int i = 0; i < 100; ++i) {
    buskin::ActorSystem system(options());
    const auto echo = system.create<Echo>();
    ASSERT_TRUE(echo.ok()) << i << ": " << echo.error().what();
    system.exit(*echo);
  }
  EXPECT_TRUE(becomes([&] { return files_count() == 0; }));
}

}  // namespace
}  // namespace admin_test
