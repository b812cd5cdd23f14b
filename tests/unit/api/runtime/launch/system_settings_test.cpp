// SystemSettings: code wins over arguments, arguments over the environment, the environment over defaults.
#include "api/runtime/launch/system_settings.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

using namespace buskin;
using namespace buskin::runtime;
using namespace std::chrono_literals;

class Settings : public ::testing::Test {
 protected:
  void SetUp() override { clear(); }
  void TearDown() override { clear(); }

  static void clear() {
    for (const char* name : {"BUSKIN_BASE", "BUSKIN_NAME", "BUSKIN_LINGER", "BUSKIN_MEMORY"}) ::unsetenv(name);
  }
  static void set(const char* name, const char* value) { ::setenv(name, value, 1); }

  /// What is decided when the program is started with `arguments`.
  static SystemSettings decide(const SystemOptions& options, std::vector<std::string> arguments = {}) {
    arguments.insert(arguments.begin(), "program");
    std::vector<char*> argv;
    for (std::string& argument : arguments) argv.push_back(argument.data());
    const int argc = static_cast<int>(argv.size());
    argv.push_back(nullptr);
    return decide_settings(options, &argc, argv.data());
  }
};

TEST_F(Settings, HaveDefaults) {
  const SystemSettings settings = decide({});
  EXPECT_EQ(settings.name, "default");
  EXPECT_EQ(settings.base, Base::Processes);
  EXPECT_EQ(linger_of(settings), 10s);
}

TEST_F(Settings, TakeFromTheEnvironmentWhatCodeLeavesOut) {
  set("BUSKIN_BASE", "threads");
  set("BUSKIN_NAME", "around");
  set("BUSKIN_LINGER", "0.5");
  const SystemSettings settings = decide({});
  EXPECT_EQ(settings.name, "around");
  EXPECT_EQ(settings.base, Base::Threads);
  EXPECT_EQ(linger_of(settings), 500ms);
}

TEST_F(Settings, TakeMemoryInUnits) {
  constexpr std::uint64_t kMiB = 1 << 20;
  for (const auto& [text, bytes] :
       {std::pair{"67108864", 64 * kMiB}, {"64M", 64 * kMiB}, {"65536k", 64 * kMiB}, {"1G", 1024 * kMiB},
        {"1GiB", 1024 * kMiB}, {"2gb", 2048 * kMiB}, {"0", 0 * kMiB}}) {
    EXPECT_EQ(decide({}, {std::string("--buskin-memory=") + text}).memory_max, bytes) << text;
  }
  for (const char* text : {"M", "much", "1X", "1MM", "-1", "99999999999G"}) {
    EXPECT_THROW((void)decide({}, {std::string("--buskin-memory=") + text}), std::runtime_error) << text;
  }
}

TEST_F(Settings, TakeMemoryFromCodeFirst) {
  set("BUSKIN_MEMORY", "64M");
  EXPECT_EQ(decide({}).memory_max, std::uint64_t{64} << 20);
  SystemOptions options;
  options.memory_max = 7 << 20;
  EXPECT_EQ(decide(options).memory_max, 7u << 20);
}

TEST_F(Settings, TakeNothingFromAnEmptyVariable) {
  set("BUSKIN_NAME", "");
  set("BUSKIN_BASE", "");
  EXPECT_EQ(decide({}).name, "default");
  EXPECT_EQ(decide({}).base, Base::Processes);
}

TEST_F(Settings, NeedNoArguments) {
  set("BUSKIN_NAME", "around");
  EXPECT_EQ(decide_settings({}, nullptr, nullptr).name, "around");
  take_out_arguments(nullptr, nullptr);
}

TEST_F(Settings, PreferArgumentsToTheEnvironment) {
  set("BUSKIN_BASE", "threads");
  set("BUSKIN_NAME", "around");
  const SystemSettings settings = decide({}, {"--buskin-name=first", "--buskin-base=sequential", "--buskin-name=last"});
  EXPECT_EQ(settings.name, "last");
  EXPECT_EQ(settings.base, Base::Sequential);
}

TEST_F(Settings, PreferCodeToBoth) {
  set("BUSKIN_NAME", "around");
  set("BUSKIN_LINGER", "1");
  const SystemSettings settings = decide({.name = "code", .base = Base::Threads, .linger = 2s},
                                         {"--buskin-name=argument", "--buskin-base=sequential"});
  EXPECT_EQ(settings.name, "code");
  EXPECT_EQ(settings.base, Base::Threads);
  EXPECT_EQ(linger_of(settings), 2s);
}

TEST_F(Settings, PreferCodeAlsoWhereItSetsTheDefault) {
  set("BUSKIN_BASE", "threads");
  set("BUSKIN_NAME", "around");
  set("BUSKIN_LINGER", "1");
  const SystemSettings settings = decide({.name = "default", .base = Base::Processes, .linger = 10s},
                                         {"--buskin-name=argument", "--buskin-base=sequential"});
  EXPECT_EQ(settings.name, "default");
  EXPECT_EQ(settings.base, Base::Processes);
  EXPECT_EQ(linger_of(settings), 10s);
}

TEST_F(Settings, RefuseABaseThatDoesNotExist) {
  set("BUSKIN_BASE", "fibers");
  EXPECT_THROW((void)decide({}), std::runtime_error);
}

TEST_F(Settings, RefuseALingerThatIsNotANumberOfSeconds) {
  for (const char* const text : {"soon", "1s", "-1", ""}) {
    set("BUSKIN_LINGER", text);
    EXPECT_THROW((void)linger_of(decide({})), std::runtime_error) << text;
  }
}

TEST_F(Settings, TakeOutTheirArgumentsOnly) {
  std::string program = "program";
  std::string ours = "--buskin-name=x";
  std::string theirs = "--name=y";
  char* argv[] = {program.data(), ours.data(), theirs.data(), nullptr};
  int argc = 3;
  take_out_arguments(&argc, argv);
  ASSERT_EQ(argc, 2);
  EXPECT_STREQ(argv[1], "--name=y");
  EXPECT_EQ(argv[2], nullptr);
}

}  // namespace
