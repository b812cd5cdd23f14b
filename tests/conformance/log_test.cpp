// log_test: a line of the log does not hold up its actor on any base, also where the error stream is not read.
#include <unistd.h>

#include <array>

#include "conformance.hpp"

namespace conformance::logs {

constexpr int kLines = 2'000;

/// Writes lines to the log, then answers with their number.
struct Scribe : buskin::Actor<buskin::Ask<Read, Total>> {
  void on(Message<Read>, ReplyTo<Total> reply, Context& context) {
    for (int i = 0; i < kLines; ++i) context.log(buskin::Level::Info, "written", {{"line", i}});
    reply(static_cast<std::uint64_t>(kLines));
  }
};

/// While it lives, the error stream of this program is a pipe without a reader at work.
class UnreadErrors {
 public:
  UnreadErrors() : before_(::dup(STDERR_FILENO)) {
    EXPECT_EQ(::pipe(ends_.data()), 0);
    EXPECT_EQ(::dup2(ends_[1], STDERR_FILENO), STDERR_FILENO);
  }
  UnreadErrors(const UnreadErrors&) = delete;
  UnreadErrors& operator=(const UnreadErrors&) = delete;
  ~UnreadErrors() {
    EXPECT_EQ(::dup2(before_, STDERR_FILENO), STDERR_FILENO);
    for (const int fd : {before_, ends_[0], ends_[1]}) ::close(fd);
  }
  /// What is in the pipe.
  std::string read() const {
    std::string text(std::size_t{1} << 16, '\0');
    const ssize_t count = ::read(ends_[0], text.data(), text.size());
    text.resize(count < 0 ? 0 : static_cast<std::size_t>(count));
    return text;
  }

 private:
  int before_;
  std::array<int, 2> ends_{-1, -1};
};

class Logs : public ::testing::TestWithParam<buskin::Base> {};

TEST_P(Logs, AnActorIsNotHeldUpByAnErrorStreamThatNobodyReads) {
  const UnreadErrors errors;
  {
    buskin::ActorSystem system(private_on(GetParam()));
    const auto scribe = system.create<Scribe>();
    ASSERT_TRUE(scribe.ok()) << scribe.error().what();
    for (int i = 0; i < 3; ++i) {
      const auto total = system.ask<Read>(*scribe, 20s);
      EXPECT_TRUE(total.ok()) << total.error().what();
    }
  }
  // Which ones the pipe and the ring of lines have room for depends on the readers.
  EXPECT_NE(errors.read().find("written line="), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(Bases, Logs, kBases, name_of_base);

}  // namespace conformance::logs
