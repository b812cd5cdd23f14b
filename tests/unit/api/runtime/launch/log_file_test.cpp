// log_file_test: each line is appended; the file has a bound, and is only created on purpose.
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
  std::string path_ = folder_.file("log");
};

TEST_F(LogFileTest, AppendsLinesOfSeveralWriters) {
  LogFile one = LogFile::create(path_);
  LogFile other(path_);
  one.append("first");
  other.append("second");
  one.append("third");
  EXPECT_EQ(content(), "first\nsecond\nthird\n");
}

TEST_F(LogFileTest, KeepsWhatIsThereWhenItIsCreatedAgain) {
  LogFile::create(path_).append("before");
  LogFile::create(path_).append("after");
  EXPECT_EQ(content(), "before\nafter\n");
}

TEST_F(LogFileTest, DropsLinesWhenThereIsNoFileAndCreatesNone) {
  LogFile(path_).append("nobody reads this");
  EXPECT_EQ(folder_.files_count(), 0u);
}

TEST_F(LogFileTest, IsEmptiedWhenItHasGrownBeyondItsBound) {
  LogFile log = LogFile::create(path_);
  std::filesystem::resize_file(path_, runtime::kLogMax);
  log.append("still fits");
  log.append("begins the file");
  EXPECT_EQ(content(), "begins the file\n");
}

}  // namespace
}  // namespace buskin::test
