// examples: each is run as a program, on each base, and says what it should.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "tests/support/subprocess.hpp"

namespace {

namespace fs = std::filesystem;
using test_support::Outcome;

const std::string kBuild = BUSKIN_TEST_BUILD_DIR;

class Examples : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    std::string name = "/dev/shm/buskin-test-XXXXXX";
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override {
    if (std::string(GetParam()) == "processes") (void)run({kBuild + "/bin/buskin", "stop"});
    fs::remove_all(folder_);
  }
  Outcome run(std::vector<std::string> arguments, bool close_stdout = false) {
    return test_support::run({.arguments = std::move(arguments),
                              .environment = {{"BUSKIN_BASE", GetParam()}, {"BUSKIN_DIR", folder_.string()}},
                              .close_stdout = close_stdout});
  }
  Outcome example(const std::string& name, std::vector<std::string> rest = {}) {
    rest.insert(rest.begin(), kBuild + "/examples/" + name);
    return run(std::move(rest));
  }
  // Files with binary bytes, none, a name cut by the end, a link that must not be followed.
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
  fs::path folder_;
};

TEST_P(Examples, HelloGreets) {
  const Outcome outcome = example("hello");
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(outcome.out, "Hello, World!\n");
}

TEST_P(Examples, HelloReduxGreetsByThreeActors) {
  const Outcome outcome = example("hello_redux");
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(outcome.out, "Hello, World!\n");
}

TEST_P(Examples, OwnLoopTakesFromTheSocketAndTheInbox) {
  const Outcome outcome = example("own_loop");
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(outcome.out, "FROM A SOCKET\n");
}

TEST_P(Examples, CountFindsWhatCoreutilsFind) {
  const fs::path root = tree();
  const Outcome mine = example("count", {root.string(), "--top", "1000", "--json"});
  ASSERT_EQ(mine.code, 0) << mine.err;
  const Outcome theirs = run({"/bin/sh", "-c",
                              "find " + root.string() + " -type f -exec env LC_ALL=C grep -aohE '[A-Za-z_][A-Za-z0-9_]*' {} +"
                              " | LC_ALL=C sort | uniq -c | LC_ALL=C sort -k1,1nr -k2,2"
                              " | awk '{ printf \"%s[\\\"%s\\\", %s]\", c, $2, $1; c = \", \" }'"});
  EXPECT_NE(mine.out.find("\"top\": [" + theirs.out + "]"), std::string::npos) << mine.out << theirs.out;
  EXPECT_NE(mine.out.find("\"files\": 4,"), std::string::npos) << mine.out;
}

TEST_P(Examples, CountRefusesZeroWorkersWithASentence) {
  const Outcome outcome = example("count", {"/usr/include", "--workers", "0"});
  EXPECT_EQ(outcome.code, 2);
  EXPECT_NE(outcome.err.find("--workers must be 1 to 64"), std::string::npos) << outcome.err;
}

TEST_P(Examples, CountRefusesADirectoryThatIsNone) {
  const Outcome outcome = example("count", {"/nonexistent"});
  EXPECT_EQ(outcome.code, 2);
  EXPECT_NE(outcome.err.find("cannot read /nonexistent: No such file"), std::string::npos) << outcome.err;
}

TEST_P(Examples, CountSaysThatStandardOutputIsClosed) {
  const Outcome outcome = run({kBuild + "/examples/count", tree().string()}, true);
  EXPECT_EQ(outcome.code, 1);
  EXPECT_NE(outcome.err.find("cannot write to standard output"), std::string::npos) << outcome.err;
}

INSTANTIATE_TEST_SUITE_P(Bases, Examples, testing::Values("processes", "threads", "sequential"));

}  // namespace
