// tool_refusals_test: what `buskin` says to bad input, to things planted in its folder, and beside a stopped admin.
#include <sys/stat.h>

#include <csignal>

#include "api/runtime/launch/paths.hpp"
#include "world.hpp"

namespace admin_test {
namespace {

class ToolRefusals : public World {
 protected:
  std::string file(const std::string& ending = "") const {
    return buskin::runtime::paths_of("default").segment + ending;
  }
  void expect_refused(std::vector<std::string> arguments, std::initializer_list<std::string> parts) {
    const test_support::Outcome outcome = tool(std::move(arguments));
    EXPECT_NE(outcome.code, 0);
    for (const std::string& part : parts) EXPECT_NE(outcome.err.find(part), std::string::npos) << outcome.err;
  }
};

TEST_F(ToolRefusals, ASystemThatIsNotThereIsNamedBesideThoseThatAre) {
  const buskin::ActorSystem one(options("ant"));
  const buskin::ActorSystem other(options("bee"));
  expect_refused({"status"}, {"no system \"default\" is running in ", "; these are: \"ant\", \"bee\""});
}

TEST_F(ToolRefusals, LinesThatOnlyBeginAsADeathAreLeftOutAndCounted) {
  buskin::ActorSystem system(options());
  const auto echo = system.create<Echo>();
  const int pid = pid_of(system, *echo);
  ASSERT_EQ(::kill(pid, SIGKILL), 0);
  (void)death_of(pid);
  std::ofstream log(file(".log"), std::ios::app);
  log << "death {}\ndeath [1]\ndeath {\"pid\":\"x\"}\ndeath {\n" << std::flush;
  const Json found = tool_json({"deaths"});
  EXPECT_EQ(found["deaths"].size(), 1u);
  EXPECT_EQ(found["left_out"], 4);
  const test_support::Outcome outcome = tool({"deaths"});
  EXPECT_EQ(outcome.code, 0);
  EXPECT_NE(outcome.out.find("left out: 4 lines"), std::string::npos) << outcome.out;
}

TEST_F(ToolRefusals, APipeInPlaceOfTheLogIsRefusedAndLeftThere) {
  ASSERT_EQ(::mkfifo(file(".log").c_str(), 0600), 0);
  expect_refused({"start"}, {"cannot write the log ", "it is not a file"});
  expect_refused({"deaths"}, {"cannot read the log ", "it is not a file"});
  EXPECT_NE(refusal(options()).find("it is not a file"), std::string::npos);
  struct stat state {};
  EXPECT_EQ(::stat(file(".log").c_str(), &state), 0);
  EXPECT_EQ(folder_.files_count(), 1u);
}

TEST_F(ToolRefusals, ALinkInPlaceOfTheLogIsRefused) {
  ASSERT_EQ(::symlink("/dev/null", file(".log").c_str()), 0);
  expect_refused({"start"}, {"cannot write the log ", "it is not a file"});
}

TEST_F(ToolRefusals, DeathsOfADamagedSegmentSaySo) {
  { std::ofstream(file()) << "damaged"; }
  { std::ofstream(file(".log")) << "admin: nothing\n"; }
  expect_refused({"deaths"}, {file()});
}

TEST_F(ToolRefusals, AStoppedAdminIsNamedAtOnce) {
  (void)options();
  const int admin = tool_json({"start"})["admin"].get<int>();
  ASSERT_EQ(::kill(admin, SIGSTOP), 0);
  expect_refused({"stop", "--deadline", "60"},
                 {"process " + std::to_string(admin), "is stopped by a signal", "kill -CONT"});
  ASSERT_EQ(::kill(admin, SIGCONT), 0);
  EXPECT_EQ(tool({"stop"}).code, 0);
}

TEST_F(ToolRefusals, MemoryIsGivenWithAUnitOrWithout) {
  (void)options();
  ASSERT_EQ(tool({"start", "--memory", "64M"}).code, 0);
  EXPECT_EQ(tool_json({"status"})["memory"]["max"], 64 << 20);
  ASSERT_EQ(tool({"stop"}).code, 0);
  ASSERT_EQ(tool({"start", "--memory", "67108864"}).code, 0);
  EXPECT_EQ(tool_json({"status"})["memory"]["max"], 64 << 20);
  EXPECT_NE(tool({"status"}).out.find("messages may take 64.0 MiB"), std::string::npos);
  expect_refused({"start", "--memory", "many"}, {"many"});
  expect_refused({"start", "--memory", "1"}, {"1 MiB at least"});
  expect_refused({"start", "--memory", "-5"}, {"-5"});
}

TEST_F(ToolRefusals, ArgumentsOfAProgramThatLookLikeOptionsNeedTheDashes) {
  expect_refused({"program", "add", "/bin/true", "--port", "1"}, {"--port", "come after --"});
}

}  // namespace
}  // namespace admin_test
