// log_file_test: each line is appended to the present file, and all files are read.
#include "api/runtime/launch/log_file.hpp"

#include <fstream>
#include <iterator>

#include "tests/support/scratch.hpp"

namespace buskin::test {
namespace {

using runtime::LogFile;

class LogFileTest : public ::testing::Test {
 protected:
  std::string content() const {
    std::ifstream file(path_);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  ScratchFolder folder_;
  std::string path_ = folder_.file("a.log");
};

TEST_F(LogFileTest, AppendsLinesOfSeveralWriters) {
  runtime::create_log(path_);
  LogFile one(path_);
  LogFile other(path_);
  one.append("first");
  other.append("second");
  one.append("third");
  EXPECT_EQ(content(), "first\nsecond\nthird\n");
}

TEST_F(LogFileTest, KeepsWhatIsThereWhenItIsCreatedAgain) {
  runtime::create_log(path_);
  LogFile(path_).append("before");
  runtime::create_log(path_);
  LogFile(path_).append("after");
  EXPECT_EQ(content(), "before\nafter\n");
}

TEST_F(LogFileTest, DropsLinesWhenThereIsNoFileAndCreatesNone) {
  LogFile(path_).append("nobody reads this");
  EXPECT_EQ(folder_.files_count(), 0u);
}

TEST_F(LogFileTest, AppendsToThePresentFileAfterTheLogWasTurnedOver) {
  runtime::create_log(path_);
  LogFile log(path_);
  log.append("old");
  std::filesystem::rename(path_, runtime::log_path_of_age(path_, 1));
  runtime::create_log(path_);
  log.append("new");
  EXPECT_EQ(content(), "new\n");
  EXPECT_EQ(runtime::read_log(path_), "old\nnew\n");
}

TEST_F(LogFileTest, IsReadFromTheOldestFileOn) {
  for (const std::uint32_t age : {11u, 0u, 2u, 1u}) {
    std::ofstream(runtime::log_path_of_age(path_, age)) << age << "\n";
  }
  EXPECT_EQ(runtime::read_log(path_), "11\n2\n1\n0\n");
}

}  // namespace
}  // namespace buskin::test
