// limits: words for a refusal, with the limit that explains it.
#include "shm/os/limits.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <cerrno>
#include <string>

#include "tests/support/scratch.hpp"

namespace buskin::shm {
namespace {

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

TEST(Limits, NameTheLimitWithItsValue) {
  test::Child child([] {
    const rlimit files{77, 77};
    const rlimit bytes{rlim_t{1} << 60, rlim_t{1} << 60};
    BUSKIN_REQUIRE(::setrlimit(RLIMIT_NOFILE, &files) == 0 && ::setrlimit(RLIMIT_AS, &bytes) == 0);
    BUSKIN_REQUIRE(has(limit_words(EMFILE), "Too many open files: `ulimit -n` is 77"));
    BUSKIN_REQUIRE(has(limit_words(ENOMEM), "Cannot allocate memory: `ulimit -v` is 1125899906842624"));
    BUSKIN_REQUIRE(has(limit_words(EAGAIN), "`ulimit -v` is 1125899906842624"));
    return 0;
  });
  EXPECT_EQ(child.wait(), 0);
}

TEST(Limits, SayOnlyTheKernelsWordsForOtherFaults) { EXPECT_EQ(limit_words(EACCES), system_words(EACCES)); }

}  // namespace
}  // namespace buskin::shm
