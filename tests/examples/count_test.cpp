// count: its totals equal those of coreutils, and it explains bad input.
#include <sys/stat.h>

#include <thread>

#include "tests/examples/examples.hpp"

namespace {

using test_support::json_value;
using test_support::Outcome;
namespace fs = std::filesystem;

class Count : public test_support::Examples {
 protected:
  // Files with binary bytes, without any, with a name that the end cuts; and a link that must not be followed.
  fs::path tree() {
    const fs::path root = folder_ / "tree";
    fs::create_directories(root / "deep" / "er");
    std::ofstream(root / "a.h") << "int main int 9abc _x\n";
    std::ofstream(root / "deep" / "cut", std::ios::binary) << std::string("int\0ma\xff in", 10);
    std::ofstream(root / "deep" / "er" / "t") << "t x_9";
    std::ofstream(root / "empty");
    fs::create_symlink(root / "a.h", root / "link");
    fs::create_symlink(root, root / "deep" / "loop");
    return root;
  }
  // The value that `top` must have, computed by coreutils.
  std::string top_by_coreutils(const fs::path& root) {
    return shell("find " + root.string() +
                 " -type f -exec env LC_ALL=C grep -aohE '[A-Za-z_][A-Za-z0-9_]*' {} +"
                 " | LC_ALL=C sort | uniq -c | LC_ALL=C sort -k1,1nr -k2,2"
                 " | awk '{ printf \"%s[\\\"%s\\\", %s]\", c, $2, $1; c = \", \" }'")
        .out;
  }
  static std::vector<std::string> as_nobody(std::vector<std::string> command) {
    if (geteuid() != 0) return command;
    const std::vector<std::string> nobody{"/usr/bin/setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"};
    command.insert(command.begin(), nobody.begin(), nobody.end());
    return command;
  }
  // Each file has one name, so there are as many identifiers as files.
  fs::path tree_of(int files) {
    const fs::path root = folder_ / "many";
    fs::create_directories(root);
    for (int i = 0; i < files; ++i) std::ofstream(root / std::to_string(i)) << "name" << i;
    return root;
  }
};

TEST_P(Count, FindsWhatCoreutilsFind) {
  const fs::path root = tree();
  const Outcome mine = example("count", {root.string(), "--top", "1000", "--json"});
  ASSERT_EQ(mine.code, 0) << mine.err;
  EXPECT_NE(mine.out.find("\"top\": [" + top_by_coreutils(root) + "]"), std::string::npos) << mine.out;
  EXPECT_EQ(json_value(mine.out, "files"), "4");
  EXPECT_EQ(json_value(mine.out, "bytes"), "36");
  EXPECT_EQ(json_value(mine.out, "base"), std::string("\"") + GetParam() + "\"");
}

TEST_P(Count, FindsTheSameWithAnyNumberOfWorkers) {
  const fs::path root = fs::path(BUSKIN_TEST_SOURCE_DIR) / "shm";
  const std::string top = "\"top\": [" + top_by_coreutils(root) + "]";
  for (const char* workers : {"1", "2", "5"}) {
    const Outcome mine = example("count", {root.string(), "--workers", workers, "--top", "100000", "--json"});
    ASSERT_EQ(mine.code, 0) << mine.err;
    EXPECT_NE(mine.out.find(top), std::string::npos) << workers;
  }
}

TEST_P(Count, ShowsProgress) {
  const Outcome outcome = example("count", {tree().string(), "--progress"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_NE(outcome.err.find("\r4 files, 0.0 MB"), std::string::npos) << outcome.err;
}

TEST_P(Count, RefusesZeroWorkersWithASentence) {
  const Outcome outcome = example("count", {"/usr/include", "--workers", "0"});
  EXPECT_EQ(outcome.code, 2);
  EXPECT_NE(outcome.err.find("--workers must be 1 to 64"), std::string::npos) << outcome.err;
}

TEST_P(Count, RefusesADirectoryThatIsNone) {
  const Outcome missing = example("count", {"/nonexistent"});
  EXPECT_EQ(missing.code, 2);
  EXPECT_NE(missing.err.find("cannot read /nonexistent: No such file"), std::string::npos) << missing.err;
  const Outcome file = example("count", {(tree() / "a.h").string()});
  EXPECT_EQ(file.code, 2);
  EXPECT_NE(file.err.find("a.h is not a directory"), std::string::npos) << file.err;
}

// Root may read everything, so another user runs the program.
TEST_P(Count, SaysWhichDirectoryItCannotRead) {
  const fs::path root = tree();
  ASSERT_EQ(chmod((root / "deep").c_str(), 0), 0);
  ASSERT_EQ(chmod(folder_.c_str(), 0777), 0);
  const Outcome outcome = run(as_nobody({program("count"), root.string()}));
  if (is_processes()) (void)run(as_nobody({program("buskin", "bin"), "stop"}));
  if (outcome.code == 127) GTEST_SKIP() << "nobody may not run " << test_support::kBuild;
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_NE(outcome.err.find("cannot list " + (root / "deep").string() + ": Permission denied"), std::string::npos)
      << outcome.err;
  EXPECT_NE(outcome.out.find("in 2 files"), std::string::npos) << outcome.out;
}

TEST_P(Count, GoesOnWhenFilesVanishWhileItReads) {
  const fs::path root = tree_of(4000);
  std::thread remover([&] {
    for (int i = 0; i < 4000; i += 2) fs::remove(root / std::to_string(i));
  });
  const Outcome outcome = example("count", {root.string(), "--json"});
  remover.join();
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_GE(std::stoi(json_value(outcome.out, "files")), 2000);
  EXPECT_EQ(json_value(outcome.out, "files"), json_value(outcome.out, "identifiers"));
  EXPECT_EQ(json_value(outcome.out, "files"), json_value(outcome.out, "distinct"));
}

TEST_P(Count, KillsNobodyWhoLivesInItsOwnProcess) {
  if (is_processes()) return;
  const Outcome outcome = example("count", {tree().string(), "--kill-every", "50"});
  EXPECT_EQ(outcome.code, 2);
  EXPECT_NE(outcome.err.find("--kill-every needs the base processes"), std::string::npos) << outcome.err;
}

TEST_P(Count, AgreesWithCoreutilsWhenItChecks) {
  const Outcome outcome = example("count", {tree().string(), "--check", "--repeat", "2"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_NE(outcome.out.find("coreutils find the same"), std::string::npos) << outcome.out;
}

TEST_P(Count, SaysThatStandardOutputIsClosed) {
  const Outcome outcome = run({program("count"), tree().string()}, true);
  EXPECT_EQ(outcome.code, 1);
  EXPECT_NE(outcome.err.find("cannot write to standard output"), std::string::npos) << outcome.err;
}

INSTANTIATE_TEST_SUITE_P(Bases, Count, testing::Values("processes", "threads", "sequential"), test_support::base_name);

}  // namespace
