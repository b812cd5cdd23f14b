// examples: each runs as a program on each base, and prints what it should.
#include "tests/examples/examples.hpp"

namespace {

using test_support::Examples;
using test_support::Outcome;

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

TEST_P(Examples, TourShowsEverythingOnce) {
  const Outcome outcome = example("tour");
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(outcome.out,
            "Hello, World!\n"
            "107 ticks\n"
            "sum: 6\n"
            "scene.usd: 1048576 bytes\n"
            "2 attempts: empty.usd has no pixels\n"
            "render: exit\n"
            "hello is gone\n");
}

INSTANTIATE_TEST_SUITE_P(Bases, Examples, testing::Values("processes", "threads", "sequential"),
                         test_support::base_name);

}  // namespace
