// tool_test: the commands of `buskin`, their effects and their output.
#include "world.hpp"

namespace admin_test {

struct Stubborn : buskin::Actor<Ping> {
  void on(Message<Ping>) { buskin::test::sleep_for_ever(); }
};

namespace {

using Tool = World;

TEST_F(Tool, AStartedSystemStaysAndAStoppedOneLeavesNothing) {
  const Json started = tool_json({"start"});
  EXPECT_TRUE(started["started"].get<bool>());
  const int admin = started["admin"].get<int>();
  EXPECT_EQ(command_line(admin), "buskin-admin default");
  EXPECT_FALSE(tool_json({"start"})["started"].get<bool>());
  std::this_thread::sleep_for(500ms);  // Longer than the linger time: it must have no effect.
  EXPECT_FALSE(is_gone(admin));
  EXPECT_TRUE(tool_json({"stop"})["was_running"].get<bool>());
  EXPECT_TRUE(is_gone(admin));
  EXPECT_EQ(files_count(), 0u);
  EXPECT_FALSE(tool_json({"stop"})["was_running"].get<bool>());
}

TEST_F(Tool, StopEndsActorsAndClientsHearOfIt) {
  buskin::ActorSystem system(options());
  const auto echo = system.create<Echo>();
  const int pid = pid_of(system, *echo);
  EXPECT_EQ(tool({"stop"}).code, 0);
  EXPECT_TRUE(is_gone(pid));
  EXPECT_EQ(files_count(), 0u);
  EXPECT_EQ(system.try_send<Ping>(*echo, "?").code(), buskin::Code::NoSuchActor);
  EXPECT_EQ(system.create<Echo>().error().code(), buskin::Code::ShuttingDown);
}

TEST_F(Tool, StopKillsWhatDoesNotEndByItsDeadline) {
  buskin::ActorSystem system(options());
  const auto stubborn = system.create<Stubborn>();
  const auto echo = system.create<Echo>();
  const int echo_pid = pid_of(system, *echo);
  system.send<Ping>(*stubborn, "for ever");
  const std::vector<int> all = pids();
  EXPECT_EQ(tool({"stop", "--deadline", "0.2"}).code, 0);
  EXPECT_EQ(files_count(), 0u);
  for (const int pid : all) EXPECT_TRUE(is_gone(pid)) << pid;
  EXPECT_TRUE(is_gone(echo_pid));
}

TEST_F(Tool, PsShowsEachActorWithItsProcess) {
  buskin::ActorSystem system(options());
  const auto echo = system.create<Echo>({.name = "echo", .run = {.idle = buskin::Idle::Sleep}});
  const int pid = pid_of(system, *echo);
  Json actors;
  // The reply leaves before the message is done.
  EXPECT_TRUE(becomes([&] {
    actors = tool_json({"ps"})["actors"];
    return actors.size() == 1 && actors[0]["mailbox"]["messages"] == 0;
  })) << actors;
  ASSERT_EQ(actors.size(), 1u);
  EXPECT_EQ(actors[0]["index"], echo->address().index());
  EXPECT_EQ(actors[0]["address"], echo->address().to_string());
  EXPECT_EQ(actors[0]["type"], "admin_test::Echo");
  EXPECT_EQ(actors[0]["name"], "echo");
  EXPECT_EQ(actors[0]["pid"], pid);
  EXPECT_EQ(actors[0]["state"], "active");
  EXPECT_EQ(actors[0]["idle"], "sleep");
  const std::string text = tool({"ps"}).out;
  EXPECT_NE(text.find("admin_test::Echo"), std::string::npos) << text;
}

std::string origin_of(const Json& actor, const std::string& option) {
  for (const Json& one : actor["options"]) {
    if (one["option"] == option) return one["value"].dump() + " " + one["origin"].get<std::string>();
  }
  return "missing";
}

TEST_F(Tool, StatusShowsEachOptionOfAnActorWithItsOrigin) {
  buskin::ActorSystem system(options());
  const auto echo = system.create<Echo>({.name = "echo", .mailbox = {.capacity = 17}});
  for (const std::string& name :
       {std::string("echo"), echo->address().to_string(), std::to_string(echo->address().index())}) {
    const Json actor = tool_json({"status", name});
    EXPECT_EQ(actor["index"], echo->address().index());
    EXPECT_EQ(origin_of(actor, "mailbox.capacity"), "17 set");
    EXPECT_EQ(origin_of(actor, "supervise.attempts"), "2 default");
    EXPECT_TRUE(actor["waits"].is_null());
  }
  const auto missing = tool({"status", "nobody"});
  EXPECT_EQ(missing.code, 1);
  EXPECT_NE(missing.err.find("has no actor nobody"), std::string::npos) << missing.err;
}

TEST_F(Tool, StatusCountsByLabel) {
  buskin::ActorSystem system(options());
  const auto echo = system.create<Echo>();
  const Json before = tool_json({"status"})["counters"];
  for (int i = 0; i < 10; ++i) (void)pid_of(system, *echo);
  const Json after = tool_json({"status"})["counters"];
  // The last message may not be counted yet: its answer comes first.
  EXPECT_GE(after["handled"].get<int>(), before["handled"].get<int>() + 9);
  EXPECT_TRUE(after.contains("dead_letter.gone"));
  EXPECT_GT(tool_json({"status"})["memory"]["used"].get<long>(), 0);
}


TEST_F(Tool, AnAddedProgramIsListedAndRemoved) {
  (void)options();
  ASSERT_EQ(tool({"start"}).code, 0);
  const std::string program = std::filesystem::read_symlink("/proc/self/exe").string();
  ASSERT_EQ(tool({"program", "add", program}).code, 0);
  const Json listed = tool_json({"program", "list"})["programs"];
  ASSERT_EQ(listed.size(), 1u);
  EXPECT_NE(listed[0].get<std::string>().find("admin_test (added): "), std::string::npos) << listed;
  EXPECT_NE(listed[0].get<std::string>().find("admin_test::Echo"), std::string::npos) << listed;
  EXPECT_EQ(tool({"program", "remove", program}).code, 0);
  EXPECT_TRUE(tool_json({"program", "list"})["programs"].empty());
  EXPECT_EQ(tool({"program", "remove", program}).code, 1);
}

TEST_F(Tool, AProgramWithoutActorsIsNotAdded) {
  (void)options();
  ASSERT_EQ(tool({"start"}).code, 0);
  const auto outcome = tool({"program", "add", "/usr/bin/true"});
  EXPECT_EQ(outcome.code, 1);
  EXPECT_NE(outcome.err.find("ended before it was ready"), std::string::npos) << outcome.err;
}

TEST_F(Tool, VersionIsThatOfTheProject) {
  EXPECT_EQ(tool_json({"version"})["version"], "0.1.0");
  EXPECT_EQ(tool({"nonsense"}).code, 2);
}

}  // namespace
}  // namespace admin_test
