// paths_test: names of systems become paths of files, and back.
#include "api/runtime/launch/paths.hpp"

#include <fstream>

#include "tests/support/scoped_variable.hpp"
#include "tests/support/scratch.hpp"

namespace buskin::test {
namespace {

using namespace buskin::runtime;

class Paths : public ::testing::Test {
 protected:
  void make_file(const std::string& path) const { std::ofstream(path) << "x"; }

  ScratchFolder folder_;
  ScopedVariable chosen_{"BUSKIN_DIR", folder_.path()};
};

std::string refusal_of(const std::string& name) {
  try {
    check_system_name(name);
  } catch (const std::runtime_error& fault) {
    return fault.what();
  }
  return "";
}

TEST_F(Paths, TheFilesOfASystemLieSideBySide) {
  const SystemPaths paths = paths_of("demo");
  EXPECT_TRUE(paths.segment.starts_with(folder_.path() + "/buskin.")) << paths.segment;
  EXPECT_TRUE(paths.segment.ends_with(".demo")) << paths.segment;
  EXPECT_EQ(paths.lock, paths.segment + ".lock");
  EXPECT_EQ(paths.log, paths.segment + ".log");
  EXPECT_EQ(systems_folder_of(paths), folder_.path());
}

TEST_F(Paths, ThePathOfTheSegmentLeadsToTheOthers) {
  const SystemPaths paths = paths_of("demo");
  const SystemPaths again = paths_of_segment(paths.segment);
  EXPECT_EQ(again.segment, paths.segment);
  EXPECT_EQ(again.lock, paths.lock);
  EXPECT_EQ(again.log, paths.log);
}

TEST_F(Paths, NoLogHasTheNameOfOneThatWasTurnedOver) {
  for (const std::string name : {"a", "a.1", "a.1_", "a.12__", "a1", "a_", "a.", "a.1.b"}) {
    const std::string log = log_name_of(systems_prefix() + name);
    EXPECT_EQ(segment_name_of(log), systems_prefix() + name);
    const std::size_t number = log.substr(0, log.size() - 4).find_last_not_of("0123456789");
    EXPECT_TRUE(number == log.size() - 5 || log[number] != '.') << log;
  }
  EXPECT_NE(log_name_of("a.1"), log_name_of("a.1_"));
}

TEST_F(Paths, TheLogsOfTheMemoryFileSystemLieWhereStateOutlivesIt) {
  const ScopedVariable state("XDG_STATE_HOME", folder_.file("state"));
  const SystemPaths paths = paths_of_segment("/dev/shm/buskin.someone.demo");
  EXPECT_EQ(paths.log, folder_.file("state/buskin/buskin.someone.demo.log"));
  EXPECT_TRUE(std::filesystem::is_directory(folder_.file("state/buskin")));
}

TEST_F(Paths, WithoutAFolderForStateTheLogLiesBesideTheSegment) {
  const ScopedVariable state("XDG_STATE_HOME", "/proc/no/such/folder");
  EXPECT_EQ(paths_of_segment("/dev/shm/buskin.someone.demo").log, "/dev/shm/buskin.someone.demo.log");
}

TEST_F(Paths, AFolderForLogsCanBeChosen) {
  const ScopedVariable logs("BUSKIN_LOGS", folder_.file("logs"));
  EXPECT_EQ(paths_of("demo").log, folder_.file("logs") + "/" + systems_prefix() + "demo.log");
  const ScopedVariable relative("BUSKIN_LOGS", "logs");
  EXPECT_THROW((void)paths_of("demo"), std::runtime_error);
}

TEST_F(Paths, AFolderIsAbsolute) {
  const std::filesystem::path before = std::filesystem::current_path();
  std::filesystem::current_path(folder_.path());
  const ScopedVariable relative("BUSKIN_DIR", ".");
  const std::string folder = systems_folder();
  std::filesystem::current_path(before);
  EXPECT_TRUE(folder.starts_with(folder_.path())) << folder;
}

TEST_F(Paths, RefusesAFolderThatIsNotThere) {
  const ScopedVariable missing("BUSKIN_DIR", folder_.file("missing"));
  try {
    (void)systems_folder();
    FAIL() << "a missing folder was accepted";
  } catch (const std::runtime_error& fault) {
    EXPECT_NE(std::string(fault.what()).find(folder_.file("missing")), std::string::npos) << fault.what();
  }
}

TEST_F(Paths, ListsTheSystemsThatHaveASegmentByName) {
  for (const char* name : {"mole", "zebra", "ant"}) {
    const SystemPaths paths = paths_of(name);
    for (const std::string& file : {paths.segment, paths.lock, paths.log}) make_file(file);
  }
  make_file(paths_of("ended").lock);
  make_file(folder_.file("buskin.other-user.theirs"));
  make_file(folder_.file("unrelated"));
  EXPECT_EQ(list_systems(), (std::vector<std::string>{"ant", "mole", "zebra"}));
}

TEST(SystemNames, LettersDigitsAndThreeSignsAreAllowed) {
  for (const std::string name : {"a", "default", "A.b_c-9", "lock", "x.lockx"}) EXPECT_EQ(refusal_of(name), "");
  EXPECT_EQ(refusal_of(std::string(63, 'n')), "");
}

TEST(SystemNames, OthersAreRefusedWithASentenceThatQuotesThem) {
  for (const std::string& name : {std::string(), std::string("a/b"), std::string("a b"), std::string("\xc3\xa4"),
                                  std::string("other.lock"), std::string("other.log"), std::string(64, 'n')}) {
    EXPECT_NE(refusal_of(name).find("'" + name + "'"), std::string::npos) << name;
    EXPECT_THROW((void)paths_of(name), std::runtime_error) << name;
  }
}

}  // namespace
}  // namespace buskin::test
