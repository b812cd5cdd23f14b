// rotating_log_test: the log is turned over when it is full, and goes on where it was.
#include "admin/daemon/rotating_log.hpp"

#include <sys/stat.h>

#include "tests/support/scratch.hpp"

namespace admin_unit {
namespace {

using buskin::admin::RotatingLog;
using buskin::runtime::log_path_of_age;
using buskin::runtime::read_log;

class RotatingLogTest : public ::testing::Test {
 protected:
  buskin::test::ScratchFolder folder_;
  std::string path_ = folder_.file("buskin.a.log");
};

TEST_F(RotatingLogTest, KeepsSoManyFilesOfSoManyBytes) {
  RotatingLog log(path_, {.bytes = 4'096, .files = 3});
  for (int i = 0; i < 1'000; ++i) log.append(std::to_string(i) + std::string(100, '.'));
  EXPECT_EQ(folder_.files_count(), 3u);
  for (const std::uint32_t age : {0u, 1u, 2u}) {
    EXPECT_LE(std::filesystem::file_size(log_path_of_age(path_, age)), 4'096u);
  }
  const std::string text = read_log(path_);
  EXPECT_TRUE(text.ends_with("\n999" + std::string(100, '.') + "\n"));
  EXPECT_GT(text.size(), 2 * 4'000u);
}

TEST_F(RotatingLogTest, OneFileIsEmptiedWhenItIsFull) {
  RotatingLog log(path_, {.bytes = 4'096, .files = 1});
  for (int i = 0; i < 1'000; ++i) log.append(std::string(100, '.'));
  EXPECT_EQ(folder_.files_count(), 1u);
  EXPECT_LE(std::filesystem::file_size(path_), 4'096u);
}

TEST_F(RotatingLogTest, GoesOnWithAFileThatIsThereAndOthersAppendToIt) {
  RotatingLog(path_, {}).append("before");
  RotatingLog log(path_, {});
  log.append("one {} %v");
  buskin::runtime::LogFile(path_).append("of another process");
  log.append("two");
  EXPECT_EQ(read_log(path_), "before\none {} %v\nof another process\ntwo\n");
}

TEST_F(RotatingLogTest, RefusesAPipeInItsPlace) {
  ASSERT_EQ(::mkfifo(path_.c_str(), 0600), 0);
  EXPECT_THROW(RotatingLog(path_, {}), std::runtime_error);
}

}  // namespace
}  // namespace admin_unit
